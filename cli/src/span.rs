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

/// Reads a span: a whole number and `s`, `m`, `h`, `d` or `w`.
pub(crate) fn read(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("{text} is no span: spans look like 90m, 24h or 7d");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let size = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(wrong()),
    };
    let count = text.strip_suffix(unit).and_then(|count| count.parse::<u32>().ok());
    let seconds = i64::from(count.filter(|count| *count > 0).ok_or_else(wrong)?);
    Ok(SignedDuration::from_secs(seconds.saturating_mul(size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_its_unit() {
        assert_eq!(read("90m").unwrap(), SignedDuration::from_mins(90));
        assert_eq!(read("7d").unwrap(), SignedDuration::from_hours(7 * 24));
        for wrong in ["", "h", "0h", "-1h", "1.5h", "24", "1y", "99999999999d", "1 h", "hé"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

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
