//! The words of one recording: a version's script with the figures of the confirmed sheet, and never others. Pure.

use cost::{CostSheet, Role};
use serde::{Deserialize, Serialize};

use crate::error::Text;
use crate::product::{Node, NodeKind, OnWrong, Voice};

/// What one node says and asks in this recording; its canonical bytes are digested and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub code: String,
    pub kind: NodeKind,
    pub spoken: Text,
    /// The institution's own recordings of these words, by digest.
    #[serde(default, skip_serializing_if = "Voice::is_none")]
    pub voice: Voice,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expects: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<String>,
    pub on_wrong: OnWrong,
    pub answer_seconds: u8,
    pub tries_max: u8,
}

/// The script for a person whose confirmed sheet is this one.
pub fn lines(script: &[Node], sheet: &CostSheet) -> Vec<Line> {
    let line = |node: &Node| Line {
        code: node.code.clone(),
        kind: node.kind,
        spoken: filled(&node.spoken, sheet),
        voice: node.voice.clone(),
        expects: node.expects.clone(),
        against: node.against.clone(),
        on_wrong: node.on_wrong,
        answer_seconds: node.answer_seconds,
        tries_max: node.tries_max,
    };
    script.iter().map(line).collect()
}

fn filled(words: &Text, sheet: &CostSheet) -> Text {
    let names = |role: Role, joint: &str| {
        let parties = sheet.terms.parties.iter();
        let of_role = parties.filter(|party| party.role == role);
        let names: Vec<&str> = of_role.map(|party| party.name.as_str()).collect();
        names.join(joint)
    };
    let fill = |text: &str, joint: &str| {
        let figures = [
            ("{principal}", whole(sheet.principal)),
            ("{periods}", sheet.terms.periods.to_string()),
            ("{rate}", cost::percent(sheet.composite.annual_ppm)),
            ("{total}", whole(sheet.total_repaid)),
            ("{lenders}", names(Role::Lender, joint)),
            ("{guarantors}", names(Role::Guarantor, joint)),
        ];
        figures.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    };
    Text::new(fill(&words.zh, "、"), fill(&words.en, " and "))
}

/// Yuan, without fen where there are none: as people say it.
fn whole(fen: i64) -> String {
    let text = cost::yuan(fen);
    text.strip_suffix(".00").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::Definition;

    #[test]
    fn words_hold_the_figures_of_the_sheet() {
        let definition: Definition =
            serde_json::from_str(include_str!("../../demo/hexiang.json")).expect("JSON");
        let sheet = cost::sheet(&definition.example, &cost::Policy::default()).expect("a sheet");
        let words = Text::new(
            "本金{principal}元，{periods}期，年化{rate}，共还{total}元；{lenders}；{guarantors}",
            "{principal} / {lenders}",
        );
        let filled = filled(&words, &sheet);
        assert_eq!(
            filled.zh,
            "本金20,000元，12期，年化13.80%，共还21,515.49元；安禾消费金融股份有限公司（演示）、江岚银行（演示）；禾信融资担保"
        );
        assert_eq!(
            filled.en,
            "20,000 / 安禾消费金融股份有限公司（演示） and 江岚银行（演示）"
        );
    }
}
