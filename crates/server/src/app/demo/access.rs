//! Institutions, staff and keys of the demo.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;

use super::DemoAccount;
use super::houses::{Colleague, House, OPERATOR};
use crate::access::{self, InstitutionKind, NewApiKey, NewInstitution, NewStaff, Staff};
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::Seat;
use crate::vault::Private;

/// The password of every demo account; production mode never seeds them.
pub(super) const PASSWORD: &str = "xiaobao-demo-2026";

pub(super) async fn institution(ctx: &Ctx, house: &House) -> Result<InstitutionId> {
    let new = NewInstitution {
        code: house.code.to_owned(),
        name: house.name.to_owned(),
        short_name: house.short_name.to_owned(),
        hotline: house.hotline.to_owned(),
        kind: house.kind,
    };
    founded(ctx, new).await
}

async fn founded(ctx: &Ctx, new: NewInstitution) -> Result<InstitutionId> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let known = access::institutions(&view)
        .await?
        .into_iter()
        .find(|i| i.code == new.code);
    drop(view);
    match known {
        Some(known) => Ok(known.id),
        None => Ok(access::found_institution(ctx, new).await?.id),
    }
}

/// Who runs the house, and may found more institutions.
pub(super) async fn operator(ctx: &Ctx) -> Result<DemoAccount> {
    let (code, name, colleague) = OPERATOR;
    let new = NewInstitution {
        code: code.to_owned(),
        name: name.to_owned(),
        short_name: "消保运营".to_owned(),
        hotline: "400-000-0001".to_owned(),
        kind: InstitutionKind::Operator,
    };
    let seat = Seat::system(&founded(ctx, new).await?, "demo");
    staff(ctx, &seat, &colleague).await?;
    Ok(DemoAccount {
        institution: code.to_owned(),
        account: colleague.account.to_owned(),
        password: PASSWORD.to_owned(),
        name: colleague.name.to_owned(),
    })
}

pub(super) async fn staff(ctx: &Ctx, seat: &Seat, colleague: &Colleague) -> Result<()> {
    let new = NewStaff {
        account: colleague.account.to_owned(),
        name: colleague.name.to_owned(),
        badge: colleague.badge.to_owned(),
        password: Private::new(PASSWORD.to_owned()),
        rights: colleague.rights.to_vec(),
        roles: colleague.roles.iter().map(ToString::to_string).collect(),
    };
    match access::add_staff(ctx, seat, new).await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == "account_taken" => Ok(()),
        Err(error) => Err(error),
    }
}

/// A colleague who acts; the session ends at once, lest it stand among the devices that are signed in.
pub(super) async fn signed_in(ctx: &Ctx, house: &House, colleague: &Colleague) -> Result<Staff> {
    let password = Private::new(PASSWORD.to_owned());
    let (staff, _) = access::sign_in(ctx, house.code, colleague.account, &password).await?;
    access::sign_out(ctx, &staff).await?;
    Ok(staff)
}

/// The demo's key is kept beside the data, so that a later start can print it again.
pub(super) async fn api_key(ctx: &Ctx, seat: &Seat, code: &str) -> Result<String> {
    let path = ctx.config.data.folder.join(format!("demo-api-key-{code}"));
    match fs::read_to_string(&path) {
        // An empty file is what a crash may leave.
        Ok(known) if !known.trim().is_empty() => return Ok(known.trim().to_owned()),
        Ok(_) => {}
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
        Err(cause) => return Err(cause.into()),
    }
    let (key, secret) = access::issue_api_key(ctx, seat, &NewApiKey::for_all("demo")).await?;
    let draft = path.with_extension(format!("tmp-{}", key.id));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    std::io::Write::write_all(&mut file, secret.expose().as_bytes())?;
    file.sync_all()?;
    fs::rename(draft, path)?;
    Ok(secret.expose().clone())
}
