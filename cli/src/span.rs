//! Spans of time as people read them.

use jiff::SignedDuration;

/// The two greatest units: `3d 4h`, `12m 5s`.
pub(crate) fn short(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let greatest = units.iter().position(|(_, size)| seconds >= *size).unwrap_or(3);
    let mut rest = seconds;
    let mut told = Vec::new();
    for (name, size) in units.iter().skip(greatest).take(2) {
        let count = rest.checked_div(*size).unwrap_or(0);
        rest = rest.checked_rem(*size).unwrap_or(0);
        if count > 0 || told.is_empty() {
            told.push(format!("{count}{name}"));
        }
    }
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_at_most_two_units() {
        for (seconds, told) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (725, "12m 5s"),
            (3_661, "1h 1m"),
            (86_400 * 3 + 4 * 3_600 + 59, "3d 4h"),
            (-5, "0s"),
        ] {
            assert_eq!(short(SignedDuration::from_secs(seconds)), told);
        }
    }
}
