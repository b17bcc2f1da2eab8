//! The configuration's man page, from the same table as the README's reference.

use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::keys::{ALL, Key};

/// Returns `syncd.toml(5)`.
#[must_use]
pub fn man_page() -> String {
    let mut page = Roff::new();
    let version = format!("syncd {}", proto::VERSION);
    page.control("TH", ["syncd.toml", "5", "", version.as_str()]);
    page.control("SH", ["NAME"]);
    page.text([roman("syncd.toml - configuration of syncd, in the file config.toml")]);
    page.control("SH", ["SYNOPSIS"]);
    page.text([roman("$XDG_CONFIG_HOME/syncd/config.toml, usually ~/.config/syncd/config.toml")]);
    page.control("SH", ["DESCRIPTION"]);
    page.text([roman(
        "The file is TOML, and every key is optional. The environment overrides the file, and the flags of syncd override \
         both. An unknown key or a value that is not allowed is an error. The access token never is in this file: it is \
         taken from the environment variable INTERCOM_ACCESS_TOKEN, then the systemd credential intercom-token, then \
         token_file, then the keyring.",
    )]);
    page.control("SH", ["KEYS"]);
    for key in ALL {
        page.control("TP", []);
        page.text([bold(key.name)]);
        page.text(in_bold(&format!("{}.", key.meaning)));
        page.text(in_bold(&format!("Default: {}.", default(&key))));
        if !key.variables.is_empty() {
            let variables = key.variables.join(", ");
            page.text([roman(format!("Environment: {variables}."))]);
        }
    }
    page.control("SH", ["EXAMPLES"]);
    page.control("nf", []);
    page.text([roman(
        "region = \"eu\"\nhistory = \"2y\"\ntoken_file = \"/home/uma/.config/syncd/token\"\n\n\
         [business_hours]\ntimezone = \"Europe/Berlin\"\nmonday = \"09:00-12:00, 13:00-17:00\"",
    )]);
    page.control("fi", []);
    page.control("SH", ["SEE ALSO"]);
    page.text([
        bold("syncd"),
        roman("(1), "),
        bold("syncctl"),
        roman("(1), "),
        bold("syncctl-init"),
        roman("(1)"),
    ]);
    page.render()
}

fn default(key: &Key) -> String {
    match (key.default, key.otherwise) {
        (Some(default), _) => format!("`{default}`"),
        (None, "") => "none".to_owned(),
        (None, otherwise) => otherwise.to_owned(),
    }
}

/// Returns a text in which what stands between backticks is bold.
fn in_bold(text: &str) -> Vec<Inline> {
    let pieces = text.split('`').enumerate();
    pieces.map(|(number, piece)| if number % 2 == 0 { roman(piece) } else { bold(piece) }).collect()
}

#[cfg(test)]
mod tests {
    use super::man_page;

    #[test]
    fn the_man_page_has_every_key_with_its_default_and_its_variables() {
        let page = man_page();
        for words in ["\\fBregion\\fR", "Default: \\fB365d\\fR.", "Environment: HTTPS_PROXY", "SYNCD_SETTLE"]
        {
            assert!(page.contains(words), "{words} is not in {page}");
        }
        assert!(!page.contains('`'), "{page}");
    }
}
