//! Whatever arrives as a vector file is refused by line or gives rates that are numbers.
#![no_main]

use libfuzzer_sys::fuzz_target;

const HEADING: &str =
    "id\tsource\tmethod\tperiods_per_year\tflows_json\texpected_pct\tdecimals\tkind\tnote\n";
const METHODS: [&str; 4] = ["regz", "eu", "cn_simple", "cn_compound"];

/// A file with one vector around the input's flows, or the input itself when it has a heading of its own.
fn file(text: &str) -> String {
    match text.as_bytes().split_first() {
        Some((first, _)) if text.is_char_boundary(1) && !text.starts_with("id") => {
            let method = METHODS[usize::from(first % 4)];
            format!(
                "{HEADING}a\t-\t{method}\t12\t[[0,0,5000,1,1],{}]\t9.69\t2\t-\t\n",
                &text[1..]
            )
        }
        _ => text.to_owned(),
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(report) = cost::vectors::check(&file(text)) {
        assert_eq!(report.lines.len(), report.passed + report.failed);
        for line in &report.lines {
            assert!(
                line.got.as_ref().map_or(true, |rate| !rate.is_nan()),
                "{line}"
            );
        }
    }
});
