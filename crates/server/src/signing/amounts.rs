//! Sums as a contract spells them; pure.

const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
const GROUPS: [&str; 5] = ["", "万", "亿", "兆", "京"];

/// A sum of fen ≥ 0 in words, as cheques and contracts write it: 2,000,000 → 人民币贰万元整.
pub fn in_words(fen: i64) -> String {
    let (yuan, jiao, cent) = (fen / 100, fen % 100 / 10, fen % 10);
    let mut text = String::from("人民币");
    if yuan > 0 || fen == 0 {
        text.push_str(&whole(yuan));
        text.push('元');
    }
    match (jiao, cent) {
        (0, 0) => text.push('整'),
        (0, _) => {
            if yuan > 0 {
                text.push('零');
            }
            text.push(digit(cent));
            text.push('分');
        }
        _ => {
            text.push(digit(jiao));
            text.push('角');
            if cent == 0 {
                text.push('整');
            } else {
                text.push(digit(cent));
                text.push('分');
            }
        }
    }
    text
}

fn digit(value: i64) -> char {
    usize::try_from(value)
        .ok()
        .and_then(|at| DIGITS.get(at).copied())
        .unwrap_or('零')
}

/// A whole number ≥ 0; one 零 stands for any run of zeros between digits.
fn whole(number: i64) -> String {
    let digits: Vec<i64> = number
        .to_string()
        .bytes()
        .map(|byte| i64::from(byte - b'0'))
        .collect();
    if digits == [0] {
        return DIGITS[0].to_string();
    }
    let mut text = String::new();
    let (mut skipped, mut group_said) = (false, false);
    for (at, value) in digits.iter().enumerate() {
        let place = digits.len() - 1 - at;
        if *value == 0 {
            skipped = true;
        } else {
            if skipped {
                text.push('零');
            }
            skipped = false;
            text.push(digit(*value));
            text.push_str(PLACES[place % 4]);
            group_said = true;
        }
        if place.is_multiple_of(4) {
            if group_said {
                text.push_str(GROUPS.get(place / 4).copied().unwrap_or(""));
            }
            group_said = false;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_spelt_as_on_a_cheque() {
        for (fen, words) in [
            (0, "人民币零元整"),
            (5, "人民币伍分"),
            (50, "人民币伍角整"),
            (100, "人民币壹元整"),
            (105, "人民币壹元零伍分"),
            (1_000, "人民币壹拾元整"),
            (10_150, "人民币壹佰零壹元伍角整"),
            (2_000_000, "人民币贰万元整"),
            (2_151_549, "人民币贰万壹仟伍佰壹拾伍元肆角玖分"),
            (10_000_000, "人民币壹拾万元整"),
            (10_050_000, "人民币壹拾万零伍佰元整"),
            (100_000_000_000, "人民币壹拾亿元整"),
            (100_000_000_100, "人民币壹拾亿零壹元整"),
        ] {
            assert_eq!(in_words(fen), words);
        }
    }
}
