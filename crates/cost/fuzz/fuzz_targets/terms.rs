//! Whatever arrives as terms is refused with words or gives a sheet whose sums are exact.
#![no_main]

use cost::{Lang, LoanTerms, Policy, early_settlement, sheet, text};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static POLICY: LazyLock<Policy> = LazyLock::new(Policy::default);

/// Valid terms to start from, for few random bytes are JSON.
const SEEDS: [&str; 2] = [
    include_str!("../../tests/fixtures/hexiang.json"),
    include_str!("../../tests/fixtures/jianglan_puhui.json"),
];

/// The input as it is when it begins like JSON, else edits of valid terms: offset (two bytes), new byte.
fn json(data: &[u8]) -> Vec<u8> {
    match data.split_first() {
        Some((first, edits)) if *first != b'{' => {
            let mut json = SEEDS[usize::from(first % 2)].as_bytes().to_vec();
            for edit in edits.chunks_exact(3) {
                let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % json.len();
                json[at] = edit[2];
            }
            json
        }
        _ => data.to_vec(),
    }
}

fuzz_target!(|data: &[u8]| {
    let terms = match LoanTerms::from_json(&json(data)) {
        Ok(terms) => terms,
        Err(error) => return assert!(!error.zh().is_empty() && !error.en().is_empty()),
    };
    let json = serde_json::to_vec(&terms).expect("terms are plain data");
    assert_eq!(LoanTerms::from_json(&json).as_ref(), Ok(&terms));
    match sheet(&terms, &POLICY) {
        Ok(sheet) => {
            assert_eq!(
                sheet.plan.iter().map(|row| row.principal).sum::<i64>(),
                terms.principal
            );
            assert_eq!(
                sheet.plan.iter().map(|row| row.total).sum::<i64>(),
                sheet.total_repaid
            );
            for item in &sheet.items {
                assert_eq!(
                    item.collectors.iter().map(|to| to.total).sum::<i64>(),
                    item.total
                );
            }
            assert!(!text(&sheet, Lang::Zh).is_empty());
            let settled =
                early_settlement(&terms, terms.first_due).expect("a due date is a day of the loan");
            assert!(settled.total >= 0);
        }
        Err(error) => assert!(!error.zh().is_empty() && !error.code().is_empty()),
    }
});
