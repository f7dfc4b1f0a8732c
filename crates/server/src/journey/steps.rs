//! The order of steps: where a journey stands, and whether a step may be worked at.

use serde::Serialize;

use super::model::{Journey, Refused, State};
use super::store::{self, Chosen};
use crate::consent::{self, Asked, ConsentKind, Wording};
use crate::db::Read;
use crate::disclosure::{self, Audience};
use crate::error::Result;
use crate::identity::{self, Phase};
use crate::product::{self, Definition, IdentityMethod, Progress, Protection};
use crate::recording;
use crate::signing;
use crate::suitability::{self, Burden, Step};
use crate::vault::{self, ItemKind};

/// One step of a journey and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Standing {
    pub protection: Protection,
    pub progress: Progress,
}

/// The step a journey is at: the first that is not done.
pub fn current(standings: &[Standing]) -> Option<Protection> {
    standings
        .iter()
        .find(|standing| standing.progress != Progress::Done)
        .map(|standing| standing.protection)
}

/// A step may be worked at once every earlier one is done; a finished one may be repeated, which changes nothing.
pub fn may(standings: &[Standing], protection: Protection) -> Result<(), Refused> {
    let place = standings
        .iter()
        .position(|standing| standing.protection == protection)
        .ok_or(Refused::StepNotAsked)?;
    match current(&standings[..place]) {
        Some(earlier) => Err(Refused::StepTooEarly(earlier)),
        None => Ok(()),
    }
}

/// Every step a journey asks for, in order, and how far each is.
pub async fn standings(view: &impl Read, journey: &Journey, now_ms: i64) -> Result<Vec<Standing>> {
    let version = product::version(view, &journey.product, journey.product_version).await?;
    let mut asked = journey.asked(&version.definition);
    // Nor does a smaller loan, which would need none, go past a recording that somebody must look at.
    let spared = version.definition.recording.is_some() && !asked.contains(&Protection::Recording);
    if spared && recording::is_held(view, journey.id.as_str()).await? {
        asked = journey.kind.asked(&version.definition.required);
    }
    let mut standings = Vec::with_capacity(asked.len());
    for protection in asked {
        let progress = progress(view, journey, protection, now_ms).await?;
        standings.push(Standing {
            protection,
            progress,
        });
    }
    Ok(standings)
}

/// How far one step is, by the room that holds it.
pub async fn progress(
    view: &impl Read,
    journey: &Journey,
    protection: Protection,
    now_ms: i64,
) -> Result<Progress> {
    match protection {
        Protection::Identity => identity::progress(view, journey.id.as_str()).await,
        Protection::Affordability => affordability(view, journey).await,
        Protection::CreditDecision => credit_decision(view, journey).await,
        Protection::Drawdown => drawdown(view, journey).await,
        Protection::CostDisclosure => disclosure::progress(view, journey.id.as_str()).await,
        Protection::Recording => {
            recording::progress(view, journey.id.as_str(), journey.terms_digest.as_deref()).await
        }
        Protection::Signing => {
            signing::progress(view, journey.id.as_str(), journey.terms_digest.as_deref()).await
        }
        Protection::TotalCostNotice => {
            let payee = payee(view, journey).await?;
            disclosure::notice_progress(view, journey.id.as_str(), payee.as_deref()).await
        }
        Protection::PersonalInformationNotice
        | Protection::SeparateConsents
        | Protection::CreditAuthority => {
            let version = product::version(view, &journey.product, journey.product_version).await?;
            let asked = asked(journey, &version.definition, now_ms);
            consent::progress(view, &asked, protection).await
        }
    }
}

/// What a journey asks its person about.
pub fn asked<'a>(journey: &'a Journey, definition: &'a Definition, now_ms: i64) -> Asked<'a> {
    Asked {
        subject: &journey.subject,
        case: journey.id.as_str(),
        notices: &definition.notices,
        wording: match journey.state {
            State::Completed | State::Cancelled => Wording::AsDecided,
            _ => Wording::InForce,
        },
        but: not_asked(journey, definition),
        at_ms: now_ms,
    }
}

/// Only elders are offered that a relative be told; face and voice are asked for once it is sure that they will be compared.
fn not_asked(journey: &Journey, definition: &Definition) -> &'static [ConsentKind] {
    use ConsentKind::{FaceVoice, InformedRelative};
    let elder = journey.audience == Audience::Elder;
    let face = definition
        .identity_methods()
        .contains(&IdentityMethod::FaceAuthority);
    // Until the amount is known, a recording that only large loans need isn't sure.
    let occasion = journey.occasion(journey.principal.or(Some(0)));
    let recorded = |one: &product::Recording| one.when.asks(occasion);
    let compared = face || definition.recording.as_ref().is_none_or(recorded);
    match (elder, compared) {
        (true, true) => &[],
        (true, false) => &[FaceVoice],
        (false, true) => &[InformedRelative],
        (false, false) => &[FaceVoice, InformedRelative],
    }
}

/// The methods this person may be asked with now: a face only under a live consent of its own (PIPL 29).
///
/// The others stay where they are enough to tell who applies; else none does, and a member of staff, who is always there
/// instead, makes sure.
pub async fn identity_methods(
    view: &impl Read,
    journey: &Journey,
    definition: &Definition,
    now_ms: i64,
) -> Result<Vec<IdentityMethod>> {
    let mut methods = definition.identity_methods().to_vec();
    if methods.contains(&IdentityMethod::FaceAuthority) {
        let case = journey.id.as_str();
        let kind = ConsentKind::FaceVoice;
        if consent::must(view, &journey.subject, case, kind, now_ms)
            .await?
            .is_err()
        {
            methods.retain(|method| *method != IdentityMethod::FaceAuthority);
        }
    }
    if !IdentityMethod::any_ties(&methods) {
        methods.clear();
    }
    Ok(methods)
}

/// An assessment counts for a loan that asks no more than was assessed; for more the person is asked again.
async fn affordability(view: &impl Read, journey: &Journey) -> Result<Progress> {
    let case = journey.id.as_str();
    let progress = suitability::progress(view, case, Step::Affordability).await?;
    Ok(match progress {
        Progress::Done if !fits(view, journey, case).await? => Progress::Open,
        progress => progress,
    })
}

/// Whether the final price of a journey asks no more than what was assessed in a case: its own, or its line's.
pub async fn fits(view: &impl Read, journey: &Journey, case: &str) -> Result<bool> {
    let Some(burden) = burden(view, journey).await? else {
        return Ok(true);
    };
    let assessed = suitability::assessed(view, case).await?;
    Ok(assessed.is_some_and(|assessed| assessed.covers(burden)))
}

/// What the final price of a journey asks of the person, once it is final.
pub async fn burden(view: &impl Read, journey: &Journey) -> Result<Option<Burden>> {
    let sheet = disclosure::find(view, journey.id.as_str()).await?;
    sheet
        .map(|sheet| Ok(burden_of(&sheet.shown()?.sheet)))
        .transpose()
}

pub fn burden_of(sheet: &cost::CostSheet) -> Burden {
    Burden {
        principal: sheet.principal,
        instalment: sheet.plan.iter().map(|part| part.total).max().unwrap_or(0),
    }
}

/// The lender's decision counts for a loan within its limit; a larger one waits for another decision.
async fn credit_decision(view: &impl Read, journey: &Journey) -> Result<Progress> {
    let case = journey.id.as_str();
    let progress = suitability::progress(view, case, Step::CreditDecision).await?;
    let approved = suitability::approved(view, case).await?;
    Ok(match (approved, journey.principal) {
        (Some(approved), Some(principal)) if principal > approved.limit => Progress::Waiting,
        _ => progress,
    })
}

/// The person chose, the price that follows is final, and the account is their own.
async fn drawdown(view: &impl Read, journey: &Journey) -> Result<Progress> {
    let Some(chosen) = store::chosen(view, &journey.id).await? else {
        return Ok(Progress::Open);
    };
    if journey.principal.is_none() {
        return Ok(Progress::Open);
    }
    Ok(match account(view, journey, &chosen).await? {
        None => Progress::Open,
        Some(Phase::Checking) => Progress::Waiting,
        Some(Phase::NeedsPerson) => Progress::NeedsPerson,
        Some(Phase::Verified) => Progress::Done,
        // A card's check is for no act that could come to nothing.
        Some(Phase::Refused | Phase::Ended) => Progress::Refused,
    })
}

/// Mask of the account the money goes to, where the person chose one.
pub async fn payee(view: &impl Read, journey: &Journey) -> Result<Option<String>> {
    let chosen = store::chosen(view, &journey.id).await?;
    Ok(chosen.map(|chosen| chosen.account_masked))
}

/// Where the chosen account stands. Until the sheet is confirmed it must be the one that the vault keeps: nobody was asked
/// about one that another journey put in its place.
pub async fn account(
    view: &impl Read,
    journey: &Journey,
    chosen: &Chosen,
) -> Result<Option<Phase>> {
    if journey.state != State::Completed {
        let whose = (&journey.subject, journey.id.as_str());
        let kept = vault::kept(view, whose, ItemKind::BankCard).await?;
        if kept != Some(chosen.account_version) {
            return Ok(None);
        }
    }
    identity::card_phase(view, journey.id.as_str(), chosen.account_version).await
}

/// Refuses once a journey is over without having been completed, or a step of it was refused.
pub async fn must_go_on(view: &impl Read, journey: &Journey, now_ms: i64) -> Result<()> {
    journey.alive(now_ms)?;
    let standings = standings(view, journey, now_ms).await?;
    let refused = |one: &Standing| one.progress == Progress::Refused;
    if standings.iter().any(refused) {
        return Err(Refused::NotPassed.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Progress::{Done, NeedsPerson, Open, Refused as No, Waiting};
    use Protection::{CostDisclosure, Identity, PersonalInformationNotice};

    #[test]
    fn a_step_waits_for_every_earlier_one_and_names_the_first_that_is_missing() {
        let cases = [
            ([Open, Open, Waiting], Some(PersonalInformationNotice)),
            ([Done, Open, Waiting], Some(Identity)),
            ([Done, Waiting, Done], Some(Identity)),
            ([Done, NeedsPerson, Done], Some(Identity)),
            ([Done, No, Done], Some(Identity)),
            ([Done, Done, Open], Some(CostDisclosure)),
            ([Done, Done, Done], None),
        ];
        let order = [PersonalInformationNotice, Identity, CostDisclosure];
        for (progress, at) in cases {
            let standings: Vec<Standing> = order
                .into_iter()
                .zip(progress)
                .map(|(protection, progress)| Standing {
                    protection,
                    progress,
                })
                .collect();
            assert_eq!(current(&standings), at, "{progress:?}");
            let last = may(&standings, CostDisclosure);
            match at {
                None | Some(CostDisclosure) => assert_eq!(last, Ok(()), "{progress:?}"),
                Some(earlier) => {
                    assert_eq!(last, Err(Refused::StepTooEarly(earlier)), "{progress:?}");
                }
            }
            assert_eq!(may(&standings, PersonalInformationNotice), Ok(()));
            assert_eq!(
                may(&standings, Protection::Drawdown),
                Err(Refused::StepNotAsked)
            );
        }
    }
}
