//! 统一社会信用代码 (GB 32100-2015): eighteen characters, the last of which checks the others.

/// The characters of a code by their value; I, O, S, V and Z are left out.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Powers of 3 modulo 31, one for each of the first seventeen places.
const WEIGHTS: [usize; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];

/// The six places that name the region.
const REGION: std::ops::Range<usize> = 2..8;

/// True for a well-formed code with the right check character.
pub fn holds(code: &str) -> bool {
    let bytes = code.as_bytes();
    if bytes.len() != WEIGHTS.len() + 1 || !bytes[REGION].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let values: Option<Vec<usize>> = bytes
        .iter()
        .map(|byte| ALPHABET.iter().position(|known| known == byte))
        .collect();
    let Some(values) = values else { return false };
    let sum: usize = values
        .iter()
        .zip(WEIGHTS)
        .map(|(value, weight)| value * weight)
        .sum();
    (31 - sum % 31) % 31 == values[WEIGHTS.len()]
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_code_holds_only_with_its_own_check_character() {
        // The standard's own example.
        let good = "91350100M000100Y43";
        assert!(holds(good));
        for last in "012456789ABCDEFGHJKLMNPQRTUWXY".chars() {
            assert!(!holds(&format!("{}{last}", &good[..17])), "{last}");
        }
        // Two neighbours swapped.
        assert!(!holds("91350100M00100Y043"));
    }

    #[test]
    fn a_code_has_eighteen_places_of_its_alphabet() {
        for bad in [
            "",
            "91350100M000100Y4",
            "91350100M000100Y433",
            "91350100m000100y43",
            "91350100I000100Y43",
            "9135010AM000100Y43",
            "９１350100M000100Y43",
        ] {
            assert!(!holds(bad), "{bad}");
        }
    }
}
