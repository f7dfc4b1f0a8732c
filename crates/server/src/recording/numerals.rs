//! Figures as they are said in Mandarin, for a voice that would read them sign by sign; pure.

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
/// Longer rows of digits are read one by one: they are no amounts.
const WHOLE_DIGITS_MAX: usize = 12;

/// A row without commas from this long on is a telephone's or a code, unless yuan are counted.
const ROW_DIGITS: usize = 5;

/// Words whose figures are written as they are said.
pub fn said(words: &str) -> String {
    let mut out = String::with_capacity(words.len() * 2);
    let mut rest = words;
    while let Some(at) = rest.find(|one: char| one.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        let (figure, after) = figure(&rest[at..]);
        let percent = after.trim_start_matches(' ').strip_prefix(['%', '％']);
        if percent.is_some() {
            out.push_str("百分之");
        }
        let row = &rest[at..rest.len() - after.len()];
        let plain = row.bytes().all(|one| one.is_ascii_digit());
        let year = plain && row.len() == 4 && after.starts_with('年');
        let code = plain && row.len() >= ROW_DIGITS && !after.trim_start().starts_with('元');
        match year || code {
            true => out.push_str(&one_by_one(row)),
            false => out.push_str(&spoken(&figure)),
        }
        rest = percent.unwrap_or(after);
    }
    out.push_str(rest);
    out
}

/// The figure at the begin, without the commas between thousands, and what follows it.
fn figure(text: &str) -> (String, &str) {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        let row = bytes[from..].iter().take_while(|one| one.is_ascii_digit());
        row.count()
    };
    let mut figure = text[..digits(0)].to_owned();
    let mut end = figure.len();
    while figure.len() <= WHOLE_DIGITS_MAX && bytes.get(end) == Some(&b',') && digits(end + 1) == 3
    {
        figure.push_str(&text[end + 1..end + 4]);
        end += 4;
    }
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        let until = end + 1 + digits(end + 1);
        figure.push_str(&text[end..until]);
        end = until;
    }
    (figure, &text[end..])
}

fn one_by_one(row: &str) -> String {
    let digits = row.bytes().map(|one| DIGITS[usize::from(one - b'0')]);
    digits.collect()
}

fn spoken(figure: &str) -> String {
    let (whole, part) = figure.split_once('.').unwrap_or((figure, ""));
    let mut out = match whole.parse::<u64>() {
        Ok(number)
            if whole.len() <= WHOLE_DIGITS_MAX && (whole == "0" || !whole.starts_with('0')) =>
        {
            counted(number)
        }
        _ => one_by_one(whole),
    };
    if !part.is_empty() {
        out.push('点');
        out.push_str(&one_by_one(part));
    }
    out
}

/// A number below 10^12 in words.
fn counted(number: u64) -> String {
    if number == 0 {
        return DIGITS[0].to_string();
    }
    let mut out = String::new();
    let mut gap = false;
    for (unit, name) in [(100_000_000, "亿"), (10_000, "万"), (1, "")] {
        let part = number / unit % 10_000;
        if part == 0 {
            gap = !out.is_empty();
            continue;
        }
        if !out.is_empty() && (gap || part < 1_000) {
            out.push(DIGITS[0]);
        }
        out.push_str(&below_ten_thousand(part));
        out.push_str(name);
        gap = false;
    }
    // 一十二 is said 十二.
    match out.strip_prefix("一十") {
        Some(rest) => format!("十{rest}"),
        None => out,
    }
}

fn below_ten_thousand(number: u64) -> String {
    let mut out = String::new();
    let mut gap = false;
    for (unit, name) in [(1_000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = number / unit % 10;
        if digit == 0 {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push(DIGITS[0]);
        }
        out.push(DIGITS[usize::try_from(digit).unwrap_or(0)]);
        out.push_str(name);
        gap = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_they_are_said() {
        for (written, wanted) in [
            ("本金20,000元，12期", "本金二万元，十二期"),
            ("年化13.80%（单利）", "年化百分之十三点八零（单利）"),
            ("总还款21,515.49元", "总还款二万一千五百一十五点四九元"),
            ("10元、110元、1,005元", "十元、一百一十元、一千零五元"),
            ("100,000元，200,030元", "十万元，二十万零三十元"),
            ("120,000,500", "一亿二千万零五百"),
            ("1,000,000.00", "一百万点零零"),
            ("0.02%和0", "百分之零点零二和零"),
            ("007，400-000", "零零七，四百-零零零"),
            ("1,2,3", "一,二,三"),
            ("没有数字", "没有数字"),
            ("共5.", "共五."),
            ("4.80 %／月", "百分之四点八零／月"),
            ("2026年11月", "二零二六年十一月"),
            ("拨打12378", "拨打一二三七八"),
            ("20000元", "二万元"),
            ("9999999999999", "九九九九九九九九九九九九九"),
        ] {
            assert_eq!(said(written), wanted, "{written}");
        }
    }
}
