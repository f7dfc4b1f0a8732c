//! 双录: what is said, shown and asked in a recording, and which loans need one. Part of a version, so that two people release it; pure.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::error::{Field, Text};

/// The recording that a product asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordingDefinition)]
pub struct Recording {
    pub basis: RecordingBasis,
    pub when: RecordingWhen,
    pub reviewed_percent: Reviewed,
    /// 话术: what is gone through, in this order.
    pub script: Vec<Node>,
}

/// Who wants it, as the screen says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordingBasis {
    /// Loans signed face to face (个人贷款管理办法 art. 26).
    Law,
    /// The lender's own.
    Policy,
}

/// Which loans need it; one reason is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordingWhen {
    pub always: bool,
    /// Borrowers of 60 and older (老年人权益保障法 art. 2).
    pub elders: bool,
    /// From this principal on, fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub principal_from: Option<i64>,
    /// Of borrowers who came through one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Those that the lender's own risk rules mark.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flagged: bool,
}

/// 获客渠道: how a borrower came to the lender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The lender's own app, pages or mini program.
    Own,
    /// A cooperating platform (互联网助贷平台).
    Platform,
    /// A branch.
    Branch,
    /// Somebody who visits customers.
    Visit,
    /// A call by the lender.
    Telephone,
}

impl Channel {
    pub const ALL: [Self; 5] = [
        Self::Own,
        Self::Platform,
        Self::Branch,
        Self::Visit,
        Self::Telephone,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Platform => "platform",
            Self::Branch => "branch",
            Self::Visit => "visit",
            Self::Telephone => "telephone",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|channel| channel.as_str() == text)
    }
}

/// What is known of a loan when it is asked whether it is recorded.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    pub elder: bool,
    /// Fen; none while nobody knows it.
    pub principal: Option<i64>,
    /// None where the lender named none.
    pub channel: Option<Channel>,
    pub flagged: bool,
}

/// How many of a hundred recordings a person looks at although every check was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordingReviewed)]
pub struct Reviewed {
    pub standard: u8,
    pub elder: u8,
}

/// One thing of a script: said, and where it asks, answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordingNode)]
pub struct Node {
    /// Its name in this script.
    pub code: String,
    pub kind: NodeKind,
    /// What is spoken and shown; `{principal}` and the other [`FIGURES`] stand for what the confirmed sheet says.
    pub spoken: Text,
    /// The institution's own recordings of these words; none where they hold figures.
    #[serde(default, skip_serializing_if = "Voice::is_none")]
    pub voice: Voice,
    /// Mandarin phrases that are right; of a sentence read aloud the first is the sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expects: Vec<String>,
    /// Phrases that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<String>,
    pub on_wrong: OnWrong,
    /// Time for the answer, 3 to 30.
    pub answer_seconds: u8,
    /// Tries until a person goes on, 1 to 5.
    pub tries_max: u8,
}

/// Recordings of a node's words by language: SHA-256 of the file, hex.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordingVoice)]
pub struct Voice {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub zh: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub en: Option<String>,
}

impl Voice {
    /// Written only where it says something.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// A recording can't say figures that are another loan's.
    fn fits(&self, spoken: &Text) -> bool {
        let both = [(&self.zh, &spoken.zh), (&self.en, &spoken.en)];
        both.into_iter().all(|(voice, words)| match voice {
            None => true,
            Some(digest) => {
                let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                digest.len() == 64 && digest.bytes().all(hex) && !words.contains('{')
            }
        })
    }
}

/// What a node wants of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingNodeKind)]
pub enum NodeKind {
    /// Four digits drawn by the server are read aloud, and two acts drawn by it are done.
    Challenge,
    /// A question is answered.
    Answer,
    /// A sentence is read aloud.
    ReadAloud,
    /// Only listened to.
    Told,
    /// 居民身份证: the card is held into the camera, its photo compared with the face of an earlier node.
    Card,
}

impl NodeKind {
    /// Every kind, as an editor offers them.
    pub const ALL: [Self; 5] = [
        Self::Challenge,
        Self::Answer,
        Self::ReadAloud,
        Self::Told,
        Self::Card,
    ];

    /// Whether it names phrases that are right.
    pub fn asks(self) -> bool {
        match self {
            Self::Answer | Self::ReadAloud => true,
            Self::Challenge | Self::Told | Self::Card => false,
        }
    }
}

/// What a wrong answer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnWrong {
    /// The node comes once more.
    Again,
    /// The recording ends, and a person goes on.
    Stop,
}

/// Figures and names of the confirmed sheet that words may hold.
pub const FIGURES: [&str; 6] = [
    "principal",
    "periods",
    "rate",
    "total",
    "lenders",
    "guarantors",
];

const NODES: std::ops::RangeInclusive<usize> = 1..=24;
const PHRASES_MAX: usize = 12;
const PHRASE_CHARS: std::ops::RangeInclusive<usize> = 1..=40;
const SPOKEN_CHARS: std::ops::RangeInclusive<usize> = 2..=400;
const ANSWER_SECONDS: std::ops::RangeInclusive<u8> = 3..=30;
const TRIES: std::ops::RangeInclusive<u8> = 1..=5;

/// What an editor of scripts keeps to, as [`Recording::check`] does.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct ScriptLimits {
    pub nodes_max: usize,
    pub phrases_max: usize,
    pub phrase_chars_max: usize,
    pub spoken_chars_max: usize,
    pub answer_seconds_min: u8,
    pub answer_seconds_max: u8,
    pub tries_max: u8,
}

impl ScriptLimits {
    pub const ALL: Self = Self {
        nodes_max: *NODES.end(),
        phrases_max: PHRASES_MAX,
        phrase_chars_max: *PHRASE_CHARS.end(),
        spoken_chars_max: *SPOKEN_CHARS.end(),
        answer_seconds_min: *ANSWER_SECONDS.start(),
        answer_seconds_max: *ANSWER_SECONDS.end(),
        tries_max: *TRIES.end(),
    };
}

impl RecordingWhen {
    /// Whether a loan needs it; one whose principal or channel nobody knows does, where that may come to matter.
    pub fn asks(&self, loan: Occasion) -> bool {
        let large = self
            .principal_from
            .is_some_and(|from| loan.principal.is_none_or(|principal| principal >= from));
        let came = |channel| self.channels.contains(&channel);
        let channel = !self.channels.is_empty() && loan.channel.is_none_or(came);
        self.always
            || (self.elders && loan.elder)
            || large
            || channel
            || (self.flagged && loan.flagged)
    }

    /// Whether it names no loan at all.
    fn is_never(&self) -> bool {
        let named = self.always || self.elders || self.flagged;
        !named && self.principal_from.is_none() && self.channels.is_empty()
    }

    fn is_twice(&self) -> bool {
        let earlier = |at: usize| self.channels.get(..at);
        let mut channels = self.channels.iter().enumerate();
        channels.any(|(at, one)| earlier(at).is_some_and(|before| before.contains(one)))
    }
}

impl Recording {
    /// Every mistake of it, by field.
    pub(super) fn check(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut wrong = |path: String, zh: &'static str, en: &'static str| {
            fields.push(Field::new(path, "out_of_range", Text::new(zh, en)));
        };
        if !NODES.contains(&self.script.len()) {
            wrong(
                "recording.script".into(),
                "话术应有 1 至 24 个节点。",
                "A script has 1 to 24 nodes.",
            );
        }
        let when = &self.when;
        if when.is_never() || when.is_twice() || when.principal_from.is_some_and(|from| from < 1) {
            wrong(
                "recording.when".into(),
                "应说明哪些借款需要双录。",
                "Say which loans need a recording.",
            );
        }
        if self.reviewed_percent.standard > 100 || self.reviewed_percent.elder > 100 {
            wrong(
                "recording.reviewed_percent".into(),
                "抽检比例为 0 至 100。",
                "A share is 0 to 100.",
            );
        }
        let mut codes = HashSet::new();
        for (i, node) in self.script.iter().enumerate() {
            let path = |field: &str| format!("recording.script.{i}.{field}");
            let named = !node.code.is_empty()
                && node.code.len() <= 32
                && node
                    .code
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if !named || !codes.insert(node.code.as_str()) {
                wrong(
                    path("code"),
                    "节点代码由小写字母、数字、下划线组成，且不重复。",
                    "A node's code has lower-case letters, digits and underscores, and comes once.",
                );
            }
            let spoken = [&node.spoken.zh, &node.spoken.en];
            let length = |text: &&std::borrow::Cow<'static, str>| {
                SPOKEN_CHARS.contains(&text.chars().count())
            };
            if !spoken.iter().all(length) || spoken.iter().any(|text| unknown_figure(text)) {
                wrong(
                    path("spoken"),
                    "话术中英文各 2 至 400 字，花括号内只能是已有的数字名称。",
                    "2 to 400 characters in each language; only known figures stand in braces.",
                );
            }
            if !node.voice.fits(&node.spoken) {
                wrong(
                    path("voice"),
                    "话里有明示表的数字时不能用录音：每笔借款的数字不同。",
                    "Words with figures of the sheet can't be a recording: each loan has figures of its own.",
                );
            }
            let asks = node.kind.asks();
            let phrases = || node.expects.iter().chain(&node.against);
            let fit = |phrase: &String| PHRASE_CHARS.contains(&phrase.chars().count());
            // Before anybody was seen, the card's photo is nobody's.
            if i == 0 && node.kind == NodeKind::Card {
                wrong(
                    path("kind"),
                    "身份证节点不能是第一个：要先看到本人。",
                    "A card can't come first: the person is to be seen before.",
                );
            }
            if asks == node.expects.is_empty()
                || (!asks && !node.against.is_empty())
                || phrases().count() > PHRASES_MAX
                || !phrases().all(fit)
                || node.expects.iter().any(|one| node.against.contains(one))
            {
                wrong(
                    path("expects"),
                    "需要回答的节点应写明正确说法；每句 1 至 40 字，最多 12 句，对错不能相同。",
                    "A node that asks names what is right: 1 to 40 characters each, 12 at the most, none both right and wrong.",
                );
            }
            if !ANSWER_SECONDS.contains(&node.answer_seconds) || !TRIES.contains(&node.tries_max) {
                wrong(
                    path("answer_seconds"),
                    "回答时间 3 至 30 秒，次数 1 至 5 次。",
                    "3 to 30 seconds for an answer, 1 to 5 tries.",
                );
            }
        }
        fields
    }
}

/// Whether braces hold anything but a figure.
fn unknown_figure(text: &str) -> bool {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            return true;
        };
        if before.contains('}') || !FIGURES.contains(&name) {
            return true;
        }
        rest = after;
    }
    rest.contains('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Node {
        Node {
            code: "cost".into(),
            kind: NodeKind::ReadAloud,
            spoken: Text::new("共 {total} 元。请读。", "{total} yuan in all. Read."),
            voice: Voice::default(),
            expects: vec!["我已知晓全部成本".into()],
            against: vec![],
            on_wrong: OnWrong::Again,
            answer_seconds: 8,
            tries_max: 3,
        }
    }

    fn recording() -> Recording {
        Recording {
            basis: RecordingBasis::Policy,
            when: RecordingWhen {
                always: false,
                elders: true,
                principal_from: Some(100),
                channels: vec![],
                flagged: false,
            },
            reviewed_percent: Reviewed {
                standard: 10,
                elder: 100,
            },
            script: vec![node()],
        }
    }

    #[test]
    fn every_mistake_of_a_script_is_named_by_its_field() {
        assert_eq!(recording().check(), vec![]);
        type Spoil = fn(&mut Recording);
        let cases: [(&str, Spoil); 16] = [
            ("recording.script", |r| r.script.clear()),
            ("recording.when", |r| {
                r.when.elders = false;
                r.when.principal_from = None;
            }),
            ("recording.when", |r| r.when.principal_from = Some(0)),
            ("recording.when", |r| {
                r.when.channels = vec![Channel::Visit, Channel::Own, Channel::Visit];
            }),
            ("recording.reviewed_percent", |r| {
                r.reviewed_percent.elder = 101;
            }),
            ("recording.script.1.code", |r| r.script.push(node())),
            ("recording.script.0.code", |r| {
                r.script[0].code = "Cost 1".into();
            }),
            ("recording.script.0.spoken", |r| {
                r.script[0].spoken = Text::new("{price} 元", "{total} yuan");
            }),
            ("recording.script.0.spoken", |r| {
                r.script[0].spoken = Text::new("{total 元", "{total} yuan");
            }),
            ("recording.script.0.voice", |r| {
                r.script[0].voice.zh = Some("a".repeat(64));
            }),
            ("recording.script.0.voice", |r| {
                r.script[0].spoken = Text::new("请读。", "Read.");
                r.script[0].voice.en = Some("../etc".into());
            }),
            ("recording.script.0.expects", |r| {
                r.script[0].expects.clear();
            }),
            ("recording.script.0.expects", |r| {
                r.script[0].kind = NodeKind::Told;
            }),
            ("recording.script.0.expects", |r| {
                r.script[0].against = r.script[0].expects.clone();
            }),
            ("recording.script.0.kind", |r| {
                r.script[0].kind = NodeKind::Card;
                r.script[0].expects.clear();
            }),
            ("recording.script.0.answer_seconds", |r| {
                r.script[0].tries_max = 0;
            }),
        ];
        for (path, spoil) in cases {
            let mut spoiled = recording();
            spoil(&mut spoiled);
            let fields: Vec<_> = spoiled.check().into_iter().map(|one| one.path).collect();
            assert_eq!(fields, [path]);
        }
    }

    #[test]
    fn no_kind_of_node_is_missing_from_the_list() {
        let schema = <NodeKind as utoipa::PartialSchema>::schema();
        let described = serde_json::to_value(schema).expect("JSON")["enum"].take();
        assert_eq!(described, serde_json::json!(NodeKind::ALL));
    }

    #[test]
    fn elders_and_large_loans_are_recorded() {
        let when = recording().when;
        for (elder, principal, asked) in [
            (true, Some(1), true),
            (false, Some(99), false),
            (false, Some(100), true),
            (false, None, true),
        ] {
            let loan = Occasion {
                elder,
                principal,
                channel: None,
                flagged: true,
            };
            assert_eq!(when.asks(loan), asked, "{loan:?}");
        }
    }

    #[test]
    fn where_a_borrower_came_from_and_what_risk_rules_say_count() {
        let when = RecordingWhen {
            elders: false,
            principal_from: None,
            channels: vec![Channel::Visit, Channel::Platform],
            flagged: true,
            ..recording().when
        };
        for (channel, flagged, asked) in [
            (Some(Channel::Visit), false, true),
            (Some(Channel::Own), false, false),
            (Some(Channel::Own), true, true),
            (None, false, true),
        ] {
            let loan = Occasion {
                elder: true,
                principal: Some(1),
                channel,
                flagged,
            };
            assert_eq!(when.asks(loan), asked, "{loan:?}");
        }
    }

    #[test]
    fn channels_are_written_as_they_are_read() {
        for channel in Channel::ALL {
            let written = serde_json::to_value(channel).expect("JSON");
            assert_eq!(written, channel.as_str());
            assert_eq!(Channel::parse(channel.as_str()), Some(channel));
        }
        assert_eq!(Channel::parse("fax"), None);
    }
}
