//! What the lender knows of a person, handed over for one case.

use serde::{Deserialize, Serialize};

use super::{in_range, record};
use crate::error::{Error, Result};
use crate::ledger::{Changed, Tx};
use crate::suitability::facts;
use crate::suitability::model::{Supplied, Whose};
use crate::suitability::refusal::Refused;
use crate::suitability::store;
use crate::vault::{self, ItemKind, Private, Purpose, SubjectId};

/// Figures of a person as the lender knows them, fen; each may be absent.
#[derive(Clone, Debug, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Income of a month, verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_income: Option<i64>,
    /// All credit at other lenders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_elsewhere: Option<i64>,
    /// What stands at this institution already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_here: Option<i64>,
}

/// Where the money is to be spent, as the lender knows it.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SceneGiven {
    /// Merchant category code, ISO 18245.
    pub mcc: u16,
    /// Price of the purchase, fen.
    pub amount: Option<i64>,
}

/// What the lender hands over before the person is asked.
#[derive(Clone, Copy, Debug)]
pub struct Supply<'a> {
    pub case: &'a str,
    pub subject: &'a SubjectId,
    pub figures: &'a Figures,
    pub scene: Option<SceneGiven>,
}

/// Takes what the lender knows; too late once the person has answered.
pub async fn supply(tx: &mut Tx, what: Supply<'_>) -> Result<Changed> {
    if store::lock(tx, what.case).await?.is_some() {
        return Err(Refused::Assessed.into());
    }
    let named = [
        ("monthly_income", what.figures.monthly_income),
        ("credit_elsewhere", what.figures.credit_elsewhere),
        ("credit_here", what.figures.credit_here),
    ];
    let figures: Vec<&'static str> = named
        .iter()
        .filter_map(|(name, value)| value.map(|_| *name))
        .collect();
    let amounts = named
        .iter()
        .filter_map(|(_, value)| *value)
        .chain(what.scene.and_then(|scene| scene.amount));
    for amount in amounts {
        in_range(amount)?;
    }
    if figures.is_empty() && what.scene.is_none() {
        return Ok(Changed::No);
    }
    if !figures.is_empty() {
        let text = Private::new(serde_json::to_string(what.figures)?);
        let whose = (what.subject, what.case);
        let version = vault::keep(tx, whose, ItemKind::SuppliedFigures, &text).await?;
        store::put_supplied(tx, what.case, version).await?;
    }
    if let Some(scene) = what.scene {
        if scene.mcc > 9_999 {
            return Err(Refused::SceneCode.into());
        }
        let kept = store::Scene {
            mcc: scene.mcc.into(),
            amount: scene.amount,
        };
        store::insert_scene(tx, what.case, kept).await?;
    }
    let supplied = facts::Supplied {
        figures: &figures,
        mcc: what.scene.map(|scene| scene.mcc.into()),
    };
    record(tx, what.case, what.subject, &supplied)?;
    Ok(Changed::Yes)
}

/// What the lender handed over for this case, opened for its assessment.
/// Those of another case decide nothing here.
pub(super) async fn supplied(tx: &mut Tx, case: &str, subject: &SubjectId) -> Result<Supplied> {
    let item = ItemKind::SuppliedFigures;
    let Some(version) = store::supplied(tx, case).await? else {
        return Ok(Supplied::default());
    };
    // What another case's older figures replaced lies with the person, not with this case.
    if vault::kept(tx, (subject, case), item).await? != Some(version) {
        return Ok(Supplied {
            whose: Whose::Unsure,
            ..Supplied::default()
        });
    }
    let text = vault::open(tx, subject, case, item, Purpose::AssessAffordability).await?;
    // The parser's own message might repeat what it read.
    let figures: Figures = serde_json::from_str(text.expose())
        .map_err(|_| Error::internal("supplied figures that don't parse"))?;
    Ok(Supplied {
        income: figures.monthly_income,
        credit_total: figures.credit_elsewhere,
        standing: figures.credit_here,
        whose: Whose::ThisCase,
    })
}
