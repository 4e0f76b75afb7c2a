//! As much DER (X.690 §8.1, §10.1) as it takes to read a name element by element.

/// The first element of some bytes: its tag, its content, and what stands behind it. None where there is no element with a short
/// tag and a definite length.
pub(super) fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x1f == 0x1f {
        return None; // a tag of several bytes: no name has one
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((tag, content, behind))
}

/// The contents of the elements of one tag that some bytes are made of; none where they are made of anything else.
pub(super) fn elements(mut bytes: &[u8], tag: u8) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (each, content, behind) = element(bytes)?;
        if each != tag {
            return None;
        }
        found.push(content);
        bytes = behind;
    }
    Some(found)
}

/// An object identifier in dotted form (X.690 §8.19).
pub(super) fn dotted(content: &[u8]) -> Option<String> {
    let (mut arcs, mut arc) = (Vec::new(), 0_u64);
    for byte in content {
        arc = arc.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            arcs.push(std::mem::take(&mut arc));
        }
    }
    let (first, rest) = arcs.split_first()?;
    if content.last()? & 0x80 != 0 {
        return None;
    }
    let root = (first / 40).min(2);
    let texts = [root, first - root * 40].into_iter().chain(rest.iter().copied()).map(|arc| arc.to_string());
    Some(texts.collect::<Vec<_>>().join("."))
}

/// The text of a string type (X.690 §8.23); none of anything else, or of one that is malformed.
pub(super) fn text(tag: u8, content: &[u8]) -> Option<String> {
    match tag {
        // UTF8String, NumericString, PrintableString, IA5String, VisibleString.
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => String::from_utf8(content.to_vec()).ok(),
        // TeletexString: as everybody writes it, ISO 8859-1.
        0x14 => Some(content.iter().map(|byte| char::from(*byte)).collect()),
        0x1e => {
            let (units, []) = content.as_chunks::<2>() else { return None };
            char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit))).collect::<Result<_, _>>().ok()
        }
        0x1c => {
            let (units, []) = content.as_chunks::<4>() else { return None };
            units.iter().map(|unit| char::from_u32(u32::from_be_bytes(*unit))).collect()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn elements_are_taken_apart() {
        assert_eq!(element(&[0x0c, 2, b'a', b'b', 7]), Some((0x0c, b"ab".as_slice(), [7].as_slice())));
        let long = [[0x30, 0x81, 0x80].as_slice(), &[1; 0x80]].concat();
        assert_eq!(element(&long).unwrap().1.len(), 0x80);
        for bad in
            [[].as_slice(), &[0x0c], &[0x0c, 2, 1], &[0x0c, 0x80], &[0x1f, 1, 1], &[0x0c, 0x82, 1], &[0x0c, 0x85]]
        {
            assert_eq!(element(bad), None, "{bad:?}");
        }
        assert_eq!(elements(&[0x31, 1, 5, 0x31, 0], 0x31), Some(vec![[5].as_slice(), &[]]));
        assert_eq!(elements(&[0x31, 0, 0x30, 0], 0x31), None);
    }

    #[test]
    fn identifiers_are_dotted() {
        assert_eq!(dotted(&[0x55, 4, 3]).as_deref(), Some("2.5.4.3"));
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1]).as_deref(), Some("1.2.840.113549.1.9.1"));
        assert_eq!(dotted(&[0x88, 0x37]).as_deref(), Some("2.999"));
        for bad in [[].as_slice(), &[0x55, 0x84], &[0xff; 12]] {
            assert_eq!(dotted(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn every_string_type_is_a_text() {
        assert_eq!(text(0x0c, "Bücher".as_bytes()).as_deref(), Some("Bücher"));
        assert_eq!(text(0x14, b"B\xfccher").as_deref(), Some("Bücher"));
        assert_eq!(text(0x1e, &[0, b'B', 0, 0xfc]).as_deref(), Some("Bü"));
        assert_eq!(text(0x1c, &[0, 0, 0, b'B']).as_deref(), Some("B"));
        for (tag, bad) in
            [(0x0c, b"\xff".as_slice()), (0x1e, b"a"), (0x1c, b"abc"), (0x1c, &[0, 0x11, 0, 0]), (2, b"a")]
        {
            assert_eq!(text(tag, bad), None, "{tag:x}");
        }
    }
}
