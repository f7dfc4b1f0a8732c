//! Why this room refuses.

use crate::error::{Kind, Refuse, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// More loans than a draw is made from.
    PopulationTooLarge,
    /// Product versions that can't all be looked at for one partner.
    TooManyVersions,
    /// Earlier draws are still being done.
    DrawsRunning,
    /// It is being drawn, or is drawn already.
    DrawNotFailed,
    /// There is nothing to bundle.
    NothingDrawn,
    BundlesRunning,
    /// They are being made, were too large, or are gone.
    BundlesNotReady,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::PopulationTooLarge => "population_too_large",
            Self::TooManyVersions => "draw_versions_too_many",
            Self::DrawsRunning => "draws_running",
            Self::DrawNotFailed => "draw_not_failed",
            Self::NothingDrawn => "nothing_drawn",
            Self::BundlesRunning => "bundles_running",
            Self::BundlesNotReady => "bundles_not_ready",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            Self::PopulationTooLarge | Self::TooManyVersions => Kind::Invalid,
            Self::DrawNotFailed
            | Self::NothingDrawn
            | Self::BundlesRunning
            | Self::BundlesNotReady => Kind::Conflict,
            Self::DrawsRunning => Kind::TooMany,
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::PopulationTooLarge => Text::new(
                "范围内的借款超过一百万笔，请缩小范围。",
                "More than a million loans are in this range; narrow it.",
            ),
            Self::TooManyVersions => Text::new(
                "产品版本太多，不能按合作方抽取，请按产品抽取。",
                "There are too many product versions to draw by partner; draw by product.",
            ),
            Self::DrawsRunning => Text::new(
                "已有多次抽取正在进行，请等它们完成。",
                "Several draws are under way; wait until they are done.",
            ),
            Self::DrawNotFailed => Text::new(
                "这次抽取没有失败，无需重试。",
                "This draw did not fail; there is nothing to try again.",
            ),
            Self::NothingDrawn => Text::new("这次抽取还没有样本。", "This draw has no cases yet."),
            Self::BundlesRunning => Text::new(
                "这次抽取的证据包正在打包。",
                "The bundles of this draw are being made already.",
            ),
            Self::BundlesNotReady => Text::new(
                "证据包还没有打包好，或已不再保留。",
                "The bundles are not ready yet, or no longer kept.",
            ),
        }
    }
}
