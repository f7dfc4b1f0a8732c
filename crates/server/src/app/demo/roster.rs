//! The demo's cooperating institutions, all invented: their credit codes name a region that does not exist.

use jiff::civil::date;

use super::access::signed_in;
use super::houses::House;
use crate::ctx::Ctx;
use crate::error::{Result, Text};
use crate::id::InstitutionId;
use crate::roster::{self, Draft, Entry, Kind};

/// One institution on a demo list.
struct Partner {
    name: &'static str,
    kind: Kind,
    credit_code: &'static str,
    zh: &'static str,
    en: &'static str,
}

const BANK: Partner = Partner {
    name: "江岚银行（演示）",
    kind: Kind::Lender,
    credit_code: "91000000MA0DEM001F",
    zh: "与安禾共同出借",
    en: "Lends together with Anhe",
};
const GUARANTOR: Partner = Partner {
    name: "禾信融资担保",
    kind: Kind::Guarantor,
    credit_code: "91000000MA0DEM002J",
    zh: "为借款提供担保，收取担保费",
    en: "Guarantees loans and collects the guarantee fee",
};
const PLATFORM: Partner = Partner {
    name: "青柚分期",
    kind: Kind::Platform,
    credit_code: "91000000MA0DEM003M",
    zh: "展示产品入口，不向借款人收费",
    en: "Shows the products; charges borrowers nothing",
};
const AGENCY: Partner = Partner {
    name: "正和贷后",
    kind: Kind::CollectionAgency,
    credit_code: "91000000MA0DEM004Q",
    zh: "受托提醒逾期还款，不收取任何款项",
    en: "Reminds of overdue payments on our behalf; takes no money",
};

/// Who stands on the list of a demo institution.
fn partners(code: &str) -> &'static [Partner] {
    match code {
        "anhe" => &[BANK, GUARANTOR, PLATFORM, AGENCY],
        _ => &[AGENCY],
    }
}

/// Lists who is missing: the product manager proposes, the reviewer approves.
pub(super) async fn seed(ctx: &Ctx, institution: &InstitutionId, house: &House) -> Result<()> {
    let view = ctx.db.read(institution).await?;
    let live = roster::live(&view, ctx.clock.now_ms()).await?;
    drop(view);
    let missing: Vec<&Partner> = partners(house.code)
        .iter()
        .filter(|partner| {
            let listed = |entry: &Entry| entry.content.name == partner.name;
            !live.entries.iter().any(listed)
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let [_, manager, reviewer, ..] = &house.staff;
    let manager = signed_in(ctx, house, manager).await?;
    let reviewer = signed_in(ctx, house, reviewer).await?;
    for partner in missing {
        let draft = Draft {
            name: partner.name.to_owned(),
            kind: partner.kind,
            credit_code: partner.credit_code.to_owned(),
            role: Text::new(partner.zh, partner.en),
            from: date(2025, 1, 1),
            until: None,
        };
        let entry = roster::propose(ctx, &manager, &draft).await?;
        roster::approve(ctx, &reviewer, &entry.id, &entry.digest).await?;
    }
    Ok(())
}
