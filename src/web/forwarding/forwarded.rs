//! The syntax of `Forwarded` (RFC 7239 §4), read strictly: a quote that somebody left open must not swallow what the
//! proxy behind him wrote.

/// What one proxy says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Element {
    /// `for`: the node that asked it.
    pub(super) from: Option<String>,
    /// `host`: the `Host` under which it was asked.
    pub(super) host: Option<String>,
}

/// The elements in the order in which they were written, the nearest proxy's last; nothing if any of them is
/// malformed or says a thing twice.
pub(super) fn elements(text: &str) -> Option<Vec<Element>> {
    let (mut found, mut rest) = (Vec::new(), text);
    loop {
        let (element, after) = element(rest)?;
        // Empty list elements are ignored (RFC 9110 §5.6.1.2).
        found.extend(element);
        rest = match after.strip_prefix(',') {
            Some(more) => more,
            None if after.is_empty() => return Some(found),
            None => return None,
        };
    }
}

/// One element, and what stands behind it: `for=192.0.2.60;proto=http;by=203.0.113.43`.
fn element(text: &str) -> Option<(Option<Element>, &str)> {
    let (mut element, mut empty, mut rest) = (Element::default(), true, blank(text));
    loop {
        if !rest.starts_with([';', ',']) && !rest.is_empty() {
            let (name, after) = token(rest)?;
            let (value, after) = value(after.strip_prefix('=')?)?;
            let slot = match name.to_ascii_lowercase().as_str() {
                "for" => Some(&mut element.from),
                "host" => Some(&mut element.host),
                _ => None,
            };
            if let Some(slot) = slot
                && slot.replace(value).is_some()
            {
                return None;
            }
            (empty, rest) = (false, blank(after));
        }
        match rest.strip_prefix(';') {
            Some(more) => rest = blank(more),
            None => return Some(((!empty).then_some(element), rest)),
        }
    }
}

fn blank(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// RFC 9110 §5.6.2.
fn token(text: &str) -> Option<(&str, &str)> {
    let tchar = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !tchar(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A token or a quoted string (RFC 9110 §5.6.4). Many proxies leave out the quotes that `:` and brackets need.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(inside) = text.strip_prefix('"') else {
        let bare = |c: char| c.is_ascii_graphic() && !"\",;=\\".contains(c);
        let end = text.find(|c| !bare(c)).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let (mut value, mut letters) = (String::new(), inside.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &inside[at + 1..])),
            '\\' => value.push(letters.next()?.1),
            letter => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(from: Option<&str>, host: Option<&str>) -> Element {
        Element { from: from.map(str::to_owned), host: host.map(str::to_owned) }
    }

    #[test]
    fn the_examples_of_the_specification_are_read() {
        let read = |text| elements(text).unwrap();
        assert_eq!(read(r#"for="_gazonk""#), [element(Some("_gazonk"), None)]);
        assert_eq!(read(r#"For="[2001:db8:cafe::17]:4711""#), [element(Some("[2001:db8:cafe::17]:4711"), None)]);
        assert_eq!(read("for=192.0.2.60;proto=http;by=203.0.113.43"), [element(Some("192.0.2.60"), None)]);
        assert_eq!(
            read("for=192.0.2.43, for=198.51.100.17"),
            [element(Some("192.0.2.43"), None), element(Some("198.51.100.17"), None)]
        );
        assert_eq!(
            read("for=192.0.2.1; HOST=id.example.com:8443 ,, ;for=x;"),
            [element(Some("192.0.2.1"), Some("id.example.com:8443")), element(Some("x"), None)]
        );
        assert_eq!(read(r#"for="a\"b""#), [element(Some("a\"b"), None)]);
        assert_eq!(read(" , "), []);
    }

    #[test]
    fn what_is_malformed_is_malformed_as_a_whole() {
        for text in [
            r#"for="192.0.2.1, for=198.51.100.17"#,
            r#"for="192.0.2.1, for="[2001:db8::1]""#,
            r#"for="192.0.2.1\"#,
            "for=192.0.2.1 for=198.51.100.17",
            "for=192.0.2.1;for=198.51.100.17",
            "for",
            "for=",
            "=192.0.2.1",
            "for =192.0.2.1",
            "for=192.0.2.1\u{fffd}",
            "192.0.2.1",
        ] {
            assert_eq!(elements(text), None, "{text}");
        }
    }
}
