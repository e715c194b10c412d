//! Base64 as RFC 4648 has it, with padding.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text of these bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let letter = |six: u8| LETTERS.get(usize::from(six)).copied().map_or('=', char::from);
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut three = chunk.iter().copied().chain([0, 0]);
        let mut next = || three.next().unwrap_or_default();
        let (a, b, c) = (next(), next(), next());
        let sextets = [a >> 2, (a & 3) << 4 | b >> 4, (b & 15) << 2 | c >> 6, c & 63];
        let filled = sextets.into_iter().map(letter).take(chunk.len().saturating_add(1));
        text.extend(filled.chain("==".chars()).take(4));
    }
    text
}

/// The bytes of a text, if it is one.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for letter in text.trim_end_matches('=').bytes() {
        let six = LETTERS.iter().position(|one| *one == letter)?;
        bits = (bits << 6 | u32::try_from(six).ok()?) & 0xFFFF;
        held = held.saturating_add(6);
        if let Some(left) = held.checked_sub(8) {
            bytes.push(u8::try_from(bits >> left & 0xFF).ok()?);
            held = left;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(decode("Z g="), None);
    }
}
