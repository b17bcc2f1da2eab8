//! The forms of words: which words can have some, and by what they are known to be forms of one word. PURE.
//!
//! Snowball's stemmers want words as they are written, accents and all; what they make of them is folded like the rest, but for
//! letters that are no accented ones to whoever writes the language.

use std::sync::LazyLock;

use foldhash::HashMap;
use snowball_stemmers_rs::Stemmer;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::dutch;
use super::language::{Language, Script, is_small};
use super::words::folded;

/// Letters of a word that has other forms: shorter ones are too many things at once, longer ones no words.
pub(super) const LETTERS: std::ops::RangeInclusive<usize> = 3..=30;
/// Letters of a stem.
const STEM: usize = 3;

/// Words with those of their forms that no rule of English makes; none that are also other words.
static IRREGULAR: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    by_form(
        "begin began begun, break broke broken, bring brought, build built, bus buses, buy bought, catch caught, child \
         children, choose chose chosen, drive drove driven, eat ate eaten, fight fought, fly flew flown, foot feet, forget \
         forgot forgotten, freeze froze frozen, give gave given, grow grew grown, hold held, keep kept, know knew known, lend \
         lent, lose lost, make made, mean meant, minibus minibuses, mouse mice, overpay overpaid, pay paid, rebuild rebuilt, \
         repay repaid, run ran, say said, sell sold, send sent, shake shook shaken, show shown, sleep slept, speak spoke \
         spoken, spend spent, steal stole stolen, stick stuck, take taken took, teach taught, tear tore torn, tell told, think \
         thought, throw threw thrown, tooth teeth, understand understood, wear wore worn, withdraw withdrawn withdrew, woman \
         women, write written wrote",
    )
});

/// English words, with their forms, that the rules take for forms of another one: `customer` of `custom`.
static APART: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    by_form(
        "animal animals, apartment apartments, authority authorities, business businesses, compassion compassionate, \
         contention, conversion conversions, customer customers, department departments, experiment experiments experimental, \
         hospitality, important importance importantly, officer officers, past, several, severe severely, terminal terminals",
    )
});

/// Returns the first word of each family by every word of it.
fn by_form(families: &'static str) -> HashMap<&'static str, &'static str> {
    let family = |family: &'static str| {
        let first = family.split_whitespace().next().unwrap_or_default();
        family.split_whitespace().map(move |form| (form, first))
    };
    families.split(',').flat_map(family).collect()
}

/// Returns the letters that are no accented ones to whoever writes a language: with another one it is another word.
fn own_letters(language: Language) -> &'static str {
    match language {
        Language::Swedish | Language::Danish | Language::Norwegian | Language::Finnish => "åäæöø",
        Language::Spanish => "ñ",
        _ => "",
    }
}

/// Returns how the endings begin that make another word (`commune`, `communiste`) and no form of one, though the rules of
/// a language take them off; those of one word together.
fn other_words(language: Language) -> &'static [&'static [&'static str]] {
    match language {
        Language::German => &[&["lich"], &["isch"], &["heit", "keit"], &["ig"]],
        Language::French => &[
            &["iqu"],
            &["ism"],
            &["ist"],
            &["if", "ive", "atif", "ativ"],
            &["eux", "eus", "eur", "ateur", "atric"],
            &["ite"],
            &["abl", "ibl"],
            &["anc", "enc"],
        ],
        Language::Spanish | Language::Portuguese => &[
            &["ico", "ica"],
            &["ism"],
            &["ista"],
            &["ivo", "iva", "ativ", "itiv"],
            &["oso", "osa"],
            &["idad"],
            &["ador", "edor", "idor"],
            &["abl", "ibl", "avel", "avei", "ivel", "ivei"],
            &["ante"],
            &["anci", "enci", "cia"],
        ],
        Language::Italian => &[
            &["ico", "ica", "ici", "ich"],
            &["ism"],
            &["ist"],
            &["ativ", "itiv"],
            &["oso", "osa", "osi", "ose"],
            &["ator", "itor", "atric", "itric"],
            &["abil", "ibil"],
            &["anz", "enz"],
        ],
        Language::Swedish => &[&["ig", "lig"], &["het"]],
        _ => &[],
    }
}

/// Says whether a word as typed, in lower case, can have other forms: no number, no name of a thing with digits.
pub(in crate::store) fn can_have_forms(word: &str) -> bool {
    LETTERS.contains(&word.chars().count())
        && word.chars().all(|char| char.is_alphabetic() || is_combining_mark(char))
}

/// Returns by what the forms of a word are known in a language, folded; `None` where it has none.
pub(in crate::store) fn stem(language: Language, word: &str) -> Option<String> {
    let plain = folded(word);
    if Script::of(&plain) != Some(language.script()) || is_small(&plain, language) {
        return None;
    }
    let mut word = word;
    if language == Language::English {
        if let Some(apart) = APART.get(plain.as_str()) {
            return Some(format!("{apart}/"));
        }
        word = IRREGULAR.get(plain.as_str()).copied().unwrap_or(word);
    } else if language == Language::Swedish && plain.len() > 4 && word.ends_with("an") {
        // Snowball leaves the article of `fakturan` where it is.
        word = word.trim_end_matches('n');
    }
    let singular = (language == Language::Portuguese).then(|| portuguese_singular(word)).flatten();
    let word = singular.as_deref().unwrap_or(word);
    let taken = match language {
        Language::Dutch => dutch::stem(&plain),
        language => Stemmer::create(language.algorithm()).stem(word).into_owned(),
    };
    let mut stem = folded_but(own_letters(language), &taken);
    if language == Language::Swedish && (stem.ends_with("ans") || stem.ends_with("ens")) {
        // It takes `leverans` and `licens` for genitives, but not `leveranser` and `licenser`.
        let ending = if stem.ends_with("ens") { "ens" } else { "s" };
        stem = stem.trim_end_matches(ending).to_owned();
    }
    take_as_others(language, &mut stem);
    let is_long = stem.chars().nth(STEM - 1).is_some() || language.script() == Script::Arabic;
    let same = plain.bytes().zip(folded(&taken).bytes()).take_while(|(one, other)| one == other).count();
    let ending = plain.get(same..).unwrap_or_default();
    let other = |others: &&[&str]| others.iter().any(|other| ending.starts_with(other));
    if let Some(at) = other_words(language).iter().position(other) {
        stem.push_str(&format!("/{at}"));
    }
    is_long.then_some(stem)
}

/// Returns the singular of a Portuguese plural in which more than the ending changes: `balões`, `canais`, `imagens`.
fn portuguese_singular(word: &str) -> Option<String> {
    let plurals = [
        ("ões", "ão"),
        ("oes", "ao"),
        ("ais", "al"),
        ("óis", "ol"),
        ("ens", "em"),
        ("ins", "im"),
        ("ons", "om"),
    ];
    let (left, ending) = plurals.iter().find_map(|(many, one)| Some((word.strip_suffix(many)?, one)))?;
    (left.chars().count() > 2).then(|| format!("{left}{ending}"))
}

/// German stems whose `ge` is no participle's.
const OWN_GE: [&str; 14] = [
    "gedicht",
    "gefallt",
    "gehorcht",
    "gelangt",
    "genugt",
    "gericht",
    "geschaft",
    "geschicht",
    "gesicht",
    "gestatt",
    "gewahrt",
    "gewicht",
    "gewinnt",
    "gewohnt",
];

/// Returns the stem of the verb of which this is the stem of a participle: of `gelöscht`, `abgebucht`.
fn german_participle(stem: &str) -> Option<String> {
    let before = [
        "", "ab", "an", "auf", "aus", "ein", "mit", "nach", "um", "vor", "weiter", "zu", "zuruck", "zusammen",
    ];
    if OWN_GE.contains(&stem) {
        return None;
    }
    let stem = stem.strip_suffix('t')?;
    let (before, verb) = before
        .into_iter()
        .find_map(|before| Some((before, stem.strip_prefix(before)?.strip_prefix("ge")?)))?;
    (verb.len() > STEM).then(|| format!("{before}{verb}"))
}

/// Takes off a stem what only some forms of its word have, and Snowball leaves.
fn take_as_others(language: Language, stem: &mut String) {
    let take = |stem: &mut String, ending: &str, letters: usize, instead: &str| {
        let left = stem.strip_suffix(ending).filter(|left| left.chars().count() >= letters);
        if let Some(left) = left.map(str::len) {
            stem.truncate(left);
            stem.push_str(instead);
        }
    };
    match language {
        // `Autos`; `Konto` and `Konten`, `Firma` and `Firmen`, `Zentrum` and `Zentren`.
        Language::German => {
            take(stem, "os", STEM - 1, "o");
            ["o", "a", "um"].into_iter().for_each(|ending| take(stem, ending, STEM + 1, ""));
            // `storniert` of `stornieren`, `bestellt` of `bestellen`, `gelöscht` of `löschen`.
            take(stem, "iert", STEM - 1, "i");
            if ["be", "ent", "er", "ver", "zer"].into_iter().any(|prefix| stem.starts_with(prefix)) {
                take(stem, "t", STEM + 2, "");
            } else if let Some(verb) = german_participle(stem) {
                *stem = verb;
            }
        }
        // `konton` and `kontot` of `konto`, `kortet` of `kort`, also where a word ends so itself: `paketet`.
        Language::Swedish => {
            ["on", "ot"].into_iter().for_each(|ending| take(stem, ending, STEM, "o"));
            ["et", "et"].into_iter().for_each(|ending| take(stem, ending, STEM, ""));
        }
        // `скидок` of `скидка`, `продавец` and `продавца`.
        Language::Russian => {
            [("ок", "к"), ("ек", "к"), ("ец", "ц")]
                .into_iter()
                .for_each(|(ending, short)| take(stem, ending, STEM, short));
        }
        _ => {}
    }
}

/// Folds a text, all but these letters.
fn folded_but(letters: &str, text: &str) -> String {
    if letters.is_empty() {
        return folded(text);
    }
    let fold = |char: char| {
        if letters.contains(char) { char.to_string() } else { folded(char.encode_utf8(&mut [0; 4])) }
    };
    text.nfc().map(fold).collect()
}

/// Says whether two folded words of one stem are close enough to be forms of one word: in a word of three letters, an ending
/// is easily part of another word.
pub(in crate::store) fn are_close(language: Language, one: &str, other: &str) -> bool {
    if matches!(language, Language::Spanish | Language::Portuguese) && is_noun_beside_verb(one, other) {
        return false;
    }
    let (one, other) = (one.chars().count(), other.chars().count());
    let (shorter, further) = (one.min(other), one.abs_diff(other));
    let most = match language {
        Language::English | Language::Dutch | Language::Swedish | Language::Danish | Language::Norwegian => 3,
        Language::German | Language::Russian | Language::Ukrainian => 2,
        _ => 0,
    };
    shorter > *LETTERS.start() || further <= most
}

/// Says whether one of two words is more likely a noun in `e` than a form of the other one, which is one of a verb in `ar` or a
/// noun in `o`: `cortes`, `cortado`, `cortos`.
fn is_noun_beside_verb(one: &str, other: &str) -> bool {
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let endings = (one.get(same..).unwrap_or_default(), other.get(same..).unwrap_or_default());
    let is_so = |noun: &str, other: &str| match noun {
        "es" => other == "os" || other.len() > 1 && other.starts_with('a') && other != "as",
        "e" => other == "os",
        _ => false,
    };
    is_so(endings.0, endings.1) || is_so(endings.1, endings.0)
}

/// Returns a word as it is written: in lower case, composed, without what nobody sees.
pub(in crate::store) fn as_written(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.chars().filter(|char| *char != '\u{ad}').flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use foldhash::HashSet;

    use super::*;

    #[test]
    fn forms_of_a_word_have_one_stem_and_others_do_not() {
        use Language::{Dutch, English, French, German, Italian, Portuguese, Russian, Spanish, Swedish};
        let same = [
            (English, "refund refunds refunded refunding"),
            (English, "bus buses"),
            (English, "company companies"),
            (English, "buy buys bought buying"),
            (English, "customer customers"),
            (German, "rechnung rechnungen"),
            (German, "haus häuser häusern"),
            (German, "foto fotos"),
            (German, "konto konten kontos"),
            (German, "firma firmen"),
            (German, "stornieren storniert stornierte"),
            (German, "bestellen bestellt bestellung"),
            (German, "löschen gelöscht"),
            (German, "abbuchen abgebucht abbuchung"),
            (Dutch, "adres adressen"),
            (Dutch, "account accounts"),
            (Dutch, "vraag vragen vraagt"),
            (Dutch, "huis huizen huisje huisjes"),
            (Dutch, "levert leveren leverde geleverd"),
            (Dutch, "gebruik gebruiken gebruikt gebruikte"),
            (Dutch, "mogelijkheid mogelijkheden"),
            (Dutch, "groot grote"),
            (Dutch, "bestaan bestaande"),
            (Dutch, "kandidaat kandidaten"),
            (Dutch, "besteed besteden besteedt"),
            (Dutch, "italiaans italiaanse"),
            (Swedish, "konto konton kontot"),
            (Swedish, "paket paketet"),
            (Swedish, "kort kortet"),
            (Russian, "скидка скидок"),
            (Spanish, "canción canciones"),
            (Portuguese, "informação informações"),
            (Portuguese, "balão balões"),
            (Portuguese, "canal canais"),
            (Portuguese, "mensagem mensagens"),
            (Russian, "счет счета счетов счету"),
            (Swedish, "leverans leveransen leveranser"),
            (Swedish, "licens licensen licenser"),
            (Swedish, "källa källor källan"),
            (Spanish, "económico económica económicas"),
        ];
        for (language, words) in same {
            let stems: HashSet<_> = words.split(' ').map(|word| stem(language, word)).collect();
            assert!(stems.len() == 1 && !stems.contains(&None), "{words}: {stems:?}");
        }
        let apart = [
            (English, "bus business"),
            (English, "new news"),
            (English, "add address"),
            (English, "university universe"),
            (English, "organ organization"),
            (English, "post postage"),
            (Swedish, "källor kallar"),
            (Swedish, "läste last"),
            (Swedish, "bilen billig"),
            (Spanish, "viña vino"),
            (Spanish, "comunes comunidad"),
            (French, "relation relatif"),
            (Portuguese, "público publicidade"),
            (Italian, "genera generoso"),
            (Dutch, "macht machtig"),
            (Dutch, "zon zonnig"),
            (Dutch, "man maan"),
            (Dutch, "woning gewoon"),
            (Dutch, "gezond zon"),
            (Dutch, "kan kant"),
            (Dutch, "bestand bestaan"),
            (Spanish, "importante importancia"),
            (Spanish, "paciente paciencia"),
            (Portuguese, "residente residência"),
            (Spanish, "trabajadora trabajará"),
            (Portuguese, "admirável admirado"),
            (French, "conservatrice conserve"),
            (German, "freund freundlich"),
            (German, "gesicht sicher"),
        ];
        for (language, words) in apart {
            let stems: HashSet<_> = words.split(' ').map(|word| stem(language, word)).collect();
            assert_eq!(stems.len(), 2, "{words}: {stems:?}");
        }
    }

    #[test]
    fn a_noun_in_e_is_no_form_of_one_in_o() {
        let close = |one, other| are_close(Language::Spanish, one, other);
        assert!(!close("cortes", "cortos") && !close("punte", "puntos"));
        assert!(close("clientes", "cliente") && close("entiendo", "entiendes") && close("nuevos", "nueva"));
    }

    #[test]
    fn no_word_is_too_odd_for_a_stemmer() {
        let alphabet: Vec<char> =
            "abeinrstyıßéèøåñçщьыйїαςών ءيكأكहिந்գ".chars().filter(|char| *char != ' ').collect();
        let mut seed = 1_usize;
        for round in 0..20_000 {
            let word: String = (0..1 + round % 12)
                .map(|_| {
                    seed =
                        seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    alphabet[(seed >> 33) % alphabet.len()]
                })
                .collect();
            for language in Language::all() {
                let _ = Stemmer::create(language.algorithm()).stem(&word);
            }
        }
    }
}
