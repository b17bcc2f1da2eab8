use super::*;

fn told(html: &str) -> String {
    read(html).0
}

#[test]
fn html_reads_as_its_words() {
    for (html, text) in [
        ("", ""),
        ("plain words", "plain words"),
        ("<p>Hello, I cannot sign in.</p>", "Hello, I cannot sign in."),
        ("<p>Tom &amp; J&#39;s &lt;b&gt;</p>", "Tom & J's <b>"),
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<p class=\"no-margin\">one</p>\n<p class=\"no-margin\">two</p>", "one\n\ntwo"),
        ("<p>a <b>bold</b>\n  <i>word</i></p>", "a bold word"),
        ("<ul><li>one</li><li>two</li></ul>", "* one\n* two"),
        ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"),
        (
            "<p>see <a href=\"https://example.com/a\">the page</a>, please</p>",
            "see the page (https://example.com/a), please",
        ),
        ("<p><a href=\"https://example.com/\">example.com</a></p>", "example.com"),
        ("<p><a href=\"mailto:uma@example.com\">uma@example.com</a></p>", "uma@example.com"),
        (
            "<p>before<img src=\"https://example.com/x.png\" alt=\"a screenshot\">after</p>",
            "before [image: a screenshot] after",
        ),
        ("<p>before</p><img src=\"https://example.com/x.png\">", "before\n\n[image: x.png]"),
        ("<h2>Title</h2><p>text</p>", "Title\n\ntext"),
        ("<p>caf&eacute; &copy; &unknown;</p>", "café © &unknown;"),
        ("<p><i>This message was deleted</i></p>", "This message was deleted"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<script>alert(1)</script><style>p{}</style><p>words</p>", "words"),
        ("<p>x\u{fdd0}y<u>z</u><a href=\"#\">top</a></p>", "xyztop"),
        ("1 < 2 & 3", "1 < 2 & 3"),
        ("<p>\u{a0}</p>", ""),
    ] {
        assert_eq!(told(html), text, "{html:?}");
    }
}

#[test]
fn what_is_no_text_leaves_a_mark() {
    for (html, text) in [
        (
            "<img src=\"https://example.com/i/Screen%20Shot%2012.png?signature=1\">",
            "[image: Screen Shot 12.png]",
        ),
        ("<div class=\"intercom-container\"><img src=\"https://example.com/i/12345\"></div>", "[image]"),
        ("<p>a<IMG ALT='Tom &amp; &lt;b&gt;'>b</p>", "a [image: Tom & <b>] b"),
        ("<p>thanks<img alt=\"\u{1f600}\" src=x.png>!</p>", "thanks \u{1f600} !"),
        ("<p>a<img width=\"1\" height=\"1\" src=\"https://example.com/track.gif\">b</p>", "a b"),
        (
            "<p>see<video src=\"https://example.com/demo.mp4\">no video here</video>this</p>",
            "see [video: demo.mp4] this",
        ),
        (
            "<iframe src=\"https://video.example.com/embed/1?rel=0\"></iframe><p>look</p>",
            "[frame: video.example.com/embed/1]\n\nlook",
        ),
        (
            "<p>name<input placeholder=\"Your name\"><input type=hidden value=x>end</p>",
            "name [field: Your name] end",
        ),
        ("<p>one<br/>two<br>three</p>", "one\ntwo\nthree"),
        ("<p>x<!-- <img alt=\"not me\"> -->y</p>", "xy"),
        ("<a href=\"https://example.com/a\"><img alt=\"Logo\"></a>", "[image: Logo] (https://example.com/a)"),
    ] {
        assert_eq!(told(html), text, "{html:?}");
    }
    for odd in [
        "<img",
        "<img alt",
        "<img alt=",
        "<img alt=\"",
        "<img alt='x>y",
        "<video",
        "<img/>",
        "<img alt=\u{fc}>",
    ] {
        let _ = told(odd);
        let _ = told(&odd.repeat(500));
    }
}

#[test]
fn no_line_is_wrapped() {
    let words = "word ".repeat(5_000);
    assert_eq!(told(&format!("<div>{words}<code>x</code></div>")).lines().count(), 1);
}

#[test]
fn html_is_kept_as_it_came_where_it_says_something() {
    let said = ("Tom & Uma's".to_owned(), Some("<p>Tom &amp; Uma&#39;s</p>".to_owned()));
    assert_eq!(read("<p>Tom &amp; Uma&#39;s</p>"), said);
    for nothing in ["words", "", "<p></p>", "<p> </p>"] {
        assert_eq!(read(nothing).1, None, "{nothing}");
    }
    assert_eq!(read("<p>a <b>bold</b> word</p>").1.as_deref(), Some("<p>a <b>bold</b> word</p>"));
    let long = format!("<p>a</p>{}", "ü".repeat(1 << 20));
    assert_eq!(read(&long).1.map(|html| html.len()), Some(LONGEST_KEPT));
}

#[test]
fn hostile_html_is_stripped_of_its_tags() {
    let deep = format!("{}<p>the words</p>{}", "<div>".repeat(50_000), "</div>".repeat(50_000));
    assert_eq!(told(&deep), "the words");
    let unclosed = format!(
        "{}words &amp; more <!-- not these --><script>nor these</script>",
        "<b><blockquote>".repeat(500)
    );
    assert_eq!(told(&unclosed), "words & more");
    let wide = format!("{}{}", "<blockquote>".repeat(200), "words<br>".repeat(50_000));
    assert!(told(&wide).starts_with("words\nwords\n"));
    for odd in
        ["<", "<<p", "</", "<!--", "&", "&#", "&#x110000;<b>", "<p", "<a href='", "<script>", "\u{0}<p>"]
    {
        let _ = told(odd);
        let _ = told(&odd.repeat(1_000));
    }
}

#[test]
fn the_short_way_and_the_parser_agree() {
    for html in [
        "<p>one</p><p>two</p>",
        "<p>one<br/>two<br><br>three</p>",
        "text before <p>one</p> text after",
        "<p> many   blanks\n and lines </p>",
        "<p>a <strong>b</strong> c</p><p></p><p><em>d</em></p>",
        "<p class=\"x\">&#128512; &quot;q&quot;</p>",
    ] {
        let short = simple::paragraphs(html).map(|text| normalised(&text));
        assert_eq!(short, render(html).map(|text| normalised(&text)), "{html:?}");
    }
}

#[test]
fn a_line_is_one_line() {
    assert_eq!(line("<p>Invoice\n question</p><p>again</p>"), "Invoice question again");
    assert_eq!(line("  Invoice   question "), "Invoice question");
}
