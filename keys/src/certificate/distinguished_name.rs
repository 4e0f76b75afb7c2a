//! Distinguished names, compared by what they say and not by how they are written: as text (RFC 4514) or in a certificate
//! (RFC 5280 §4.1.2.4).

use std::collections::BTreeSet;

use super::der;

/// The types that have a name in a text: those of RFC 4514 §3, of the LDAP registry (RFC 4519), and what OpenSSL calls some of them.
const TYPES: &[(&str, &str)] = &[
    ("CN", "2.5.4.3"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("C", "2.5.4.6"),
    ("STREET", "2.5.4.9"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("SN", "2.5.4.4"),
    ("givenName", "2.5.4.42"),
    ("GN", "2.5.4.42"),
    ("initials", "2.5.4.43"),
    ("title", "2.5.4.12"),
    ("serialNumber", "2.5.4.5"),
    ("postalCode", "2.5.4.17"),
    ("businessCategory", "2.5.4.15"),
    ("dnQualifier", "2.5.4.46"),
    ("organizationIdentifier", "2.5.4.97"),
    ("emailAddress", "1.2.840.113549.1.9.1"),
    ("E", "1.2.840.113549.1.9.1"),
    ("jurisdictionC", "1.3.6.1.4.1.311.60.2.1.3"),
    ("jurisdictionST", "1.3.6.1.4.1.311.60.2.1.2"),
    ("jurisdictionL", "1.3.6.1.4.1.311.60.2.1.1"),
];

/// A sequence of relative distinguished names, each a set of types with their values, the most general first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinguishedName(Vec<BTreeSet<(String, Value)>>);

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    /// A text, prepared for comparison: without regard to case and to the width of spaces (RFC 5280 §7.1, caseIgnoreMatch).
    Text(String),
    /// Anything else, as it is encoded.
    Der(Vec<u8>),
}

/// The text is no distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoName {
    /// It does not follow RFC 4514, or is empty.
    #[error("is not a distinguished name as RFC 4514 writes it, such as CN=shop,O=Example,C=DE")]
    Malformed,
    /// It uses a type that has no name here.
    #[error("has a type that is not known here, {0}: write its object identifier in dotted form")]
    UnknownType(String),
}

impl DistinguishedName {
    /// Reads a text: the most specific part first, as RFC 4514 §2.1 turns it around.
    ///
    /// # Errors
    /// [`NoName`] by reason.
    pub fn parse(text: &str) -> Result<Self, NoName> {
        let (mut names, mut name, mut rest) = (Vec::new(), BTreeSet::new(), text);
        loop {
            let (kind, after) = rest.split_once('=').ok_or(NoName::Malformed)?;
            let (value, end, after) = value(after.trim_start_matches(' ')).ok_or(NoName::Malformed)?;
            name.insert((identifier(kind.trim_matches(' '))?, value));
            match end {
                Some('+') => {}
                Some(_) => names.push(std::mem::take(&mut name)),
                None => {
                    names.push(name);
                    names.reverse();
                    return Ok(Self(names));
                }
            }
            rest = after;
        }
    }

    /// Reads the name in a certificate. None where it is empty or malformed: such a name is nobody's.
    pub(super) fn from_der(name: &[u8]) -> Option<Self> {
        let (0x30, sets, []) = der::element(name)? else { return None };
        let pair = |pair: &[u8]| {
            let (0x06, kind, value) = der::element(pair)? else { return None };
            Some((der::dotted(kind)?, Value::encoded(value)?))
        };
        let set = |set: &[u8]| der::elements(set, 0x30)?.into_iter().map(pair).collect::<Option<BTreeSet<_>>>();
        let names: Vec<_> = der::elements(sets, 0x31)?.into_iter().map(set).collect::<Option<_>>()?;
        (!names.is_empty()).then_some(Self(names))
    }
}

impl Value {
    fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// One element; none where it is more, or less.
    fn encoded(bytes: &[u8]) -> Option<Self> {
        let (tag, content, []) = der::element(bytes)? else { return None };
        Some(der::text(tag, content).map_or_else(|| Self::Der(bytes.to_vec()), |text| Self::text(&text)))
    }
}

/// The identifier of a type: by its name, in any case (RFC 4512 §1.4), or dotted.
fn identifier(kind: &str) -> Result<String, NoName> {
    if let Some((_, dotted)) = TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind)) {
        return Ok((*dotted).to_owned());
    }
    let arc =
        |arc: &str| !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'));
    if kind.contains('.') && kind.split('.').all(arc) {
        return Ok(kind.to_owned());
    }
    let named = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    Err(if named { NoName::UnknownType(kind.to_owned()) } else { NoName::Malformed })
}

/// A value, the separator behind it, and what follows (RFC 4514 §3). Spaces around it that are not escaped do not belong to it.
fn value(text: &str) -> Option<(Value, Option<char>, &str)> {
    if let Some(hex) = text.strip_prefix('#') {
        let length = hex.find([',', '+']).unwrap_or(hex.len());
        let (digits, behind) = hex.split_at(length);
        let digits = digits.trim_end_matches(' ').as_bytes();
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| byte(*high, *low)).collect::<Option<_>>()?;
        let value = Value::encoded(&bytes)?;
        return Some((value, behind.chars().next(), behind.get(1..).unwrap_or_default()));
    }
    let (mut bytes, mut kept) = (Vec::new(), 0);
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            ',' | '+' => {
                bytes.truncate(kept);
                let value = Value::text(std::str::from_utf8(&bytes).ok()?);
                return Some((value, Some(letter), &text[at + 1..]));
            }
            '\\' => {
                let (_, escaped) = letters.next()?;
                match escaped {
                    ' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\' => {
                        bytes.push(u8::try_from(escaped).ok()?)
                    }
                    high => {
                        let (_, low) = letters.next()?;
                        bytes.push(byte(u8::try_from(high).ok()?, u8::try_from(low).ok()?)?);
                    }
                }
                kept = bytes.len();
            }
            '"' | ';' | '<' | '>' | '\0' => return None,
            letter => {
                bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                if letter != ' ' {
                    kept = bytes.len();
                }
            }
        }
    }
    bytes.truncate(kept);
    Some((Value::text(std::str::from_utf8(&bytes).ok()?), None, ""))
}

/// A byte of two hexadecimal digits.
fn byte(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use openssl::x509::{X509Name, X509NameBuilder};

    use super::*;

    fn parsed(text: &str) -> DistinguishedName {
        DistinguishedName::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    /// As it stands in a certificate, in the order of encoding.
    fn encoded(entries: &[(&str, &str)]) -> DistinguishedName {
        let mut name = X509NameBuilder::new().unwrap();
        for (kind, text) in entries {
            name.append_entry_by_text(kind, text).unwrap();
        }
        let name: X509Name = name.build();
        DistinguishedName::from_der(&name.to_der().unwrap()).unwrap()
    }

    #[test]
    fn a_text_and_a_certificate_say_the_same() {
        let ours = encoded(&[("C", "DE"), ("O", "Example, Inc."), ("CN", "shop")]);
        for same in [
            r"CN=shop,O=Example\, Inc.,C=DE",
            r"cn=SHOP, o = example\2C  inc. , C=de",
            r"2.5.4.3=shop,2.5.4.10=Example\, Inc.,2.5.4.6=DE",
            r"CN=#0C0473686F70,O=Example\, Inc.,C=DE",
            r"CN=#130473686f70 ,O=Example\, Inc.,C=DE",
        ] {
            assert_eq!(parsed(same), ours, "{same}");
        }
        for other in [
            r"C=DE,O=Example\, Inc.,CN=shop", // the order is what the name is
            r"CN=shop,O=Example\, Inc.",
            r"CN=shop,O=Example\, Inc.,C=DE,DC=x",
            r"CN=shop+O=Example\, Inc.,C=DE",
            r"CN=shop2,O=Example\, Inc.,C=DE",
            r"OU=shop,O=Example\, Inc.,C=DE",
            r"CN=sh op,O=Example\, Inc.,C=DE",
        ] {
            assert_ne!(parsed(other), ours, "{other}");
        }
    }

    #[test]
    fn the_examples_of_rfc_4514_are_read() {
        assert_eq!(
            parsed("UID=jsmith,DC=example,DC=net"),
            encoded(&[("DC", "net"), ("DC", "example"), ("UID", "jsmith")])
        );
        assert_eq!(parsed("OU=Sales+CN=J.  Smith,DC=example,DC=net"), parsed("CN=j. smith+OU=SALES,DC=Example,DC=Net"));
        assert_eq!(
            parsed(r"CN=James \22Jim\22 Smith\, III,DC=net"),
            encoded(&[("DC", "net"), ("CN", r#"James "Jim" Smith, III"#)])
        );
        assert_eq!(parsed(r"CN=Before\0dAfter,DC=net"), encoded(&[("DC", "net"), ("CN", "Before\rAfter")]));
        assert_eq!(parsed(r"CN=Lu\C4\8Di\C4\87"), encoded(&[("CN", "Lučić")]));
        assert_eq!(parsed(r"1.3.6.1.4.1.1466.0=#04024869").0[0].first().unwrap().1, Value::Der(vec![4, 2, 0x48, 0x69]));
        assert_eq!(parsed(r"CN=a=b\20"), encoded(&[("CN", "a=b ")]));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in [
            "", "shop", "=shop", "CN=a,", "CN=a+", ",CN=a", "CN=a;O=b", "CN=\"a\"", "CN=<a", r"CN=a\", r"CN=\zz",
            r"CN=\ff", "CN=#0", "CN=#", "CN=#zz", "CN=#0C05", "C N=a", "2..5=a", "02.5=a",
        ] {
            assert_eq!(DistinguishedName::parse(bad), Err(NoName::Malformed), "{bad}");
        }
        assert_eq!(DistinguishedName::parse("CN=a,foo=b"), Err(NoName::UnknownType("foo".into())));
        assert_eq!(DistinguishedName::from_der(&[0x30, 0]), None, "an empty name is nobody's");
        assert_eq!(DistinguishedName::from_der(b"garbage"), None);
    }
}
