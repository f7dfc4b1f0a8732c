//! What the operator does for a lender before anyone can sign in. Every act is a fact in that lender's log.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Place, open};
use crate::access::{
    self, ApiKeyId, Institution, InstitutionKind, NewInstitution, NewStaff, Right,
};
use crate::app::demo;
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Field, Result, Text};
use crate::ledger::{self, Seat};
use crate::product::{self, Proposal};
use crate::vault::Private;

#[derive(Debug, Subcommand)]
pub enum InstitutionCommand {
    /// Founds a lender with its own log. The log is named after server.public_url and keeps that name.
    Found(Found),
    /// Lists the lenders: id, code, kind, name.
    List,
}

#[derive(Debug, Args)]
pub struct Found {
    /// Names the lender in addresses and at sign-in, for ever: 2 to 20 of a-z 0-9 -.
    #[arg(long)]
    code: String,
    #[arg(long)]
    name: String,
    /// As signed under messages.
    #[arg(long)]
    short_name: String,
    #[arg(long)]
    hotline: String,
    /// consumer_finance, bank or small_loan.
    #[arg(long, value_parser = kind)]
    kind: InstitutionKind,
}

#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// Adds a member of staff.
    Add(Add),
}

#[derive(Debug, Args)]
pub struct Add {
    /// The lender's code.
    #[arg(long)]
    institution: String,
    /// 3 to 40 of a-z 0-9 . _ -.
    #[arg(long)]
    account: String,
    #[arg(long)]
    name: String,
    /// As printed on the badge.
    #[arg(long)]
    badge: String,
    /// Divided by commas, such as journey.view,journey.link.
    #[arg(long, value_delimiter = ',', value_parser = right)]
    rights: Vec<Right>,
    /// The password is the first line of standard input, so that no shell history holds it.
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Issues a key and prints its id and its secret, this once.
    Issue {
        /// The lender's code.
        #[arg(long)]
        institution: String,
        /// Which system gets it.
        #[arg(long)]
        name: String,
    },
    /// Stops a key at once.
    Revoke {
        /// The lender's code.
        #[arg(long)]
        institution: String,
        /// The key's id, `key_…`.
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum ProductCommand {
    /// Proposes a product, or its next version, in the name of a member of staff; a colleague releases it in the console.
    Propose(Propose),
}

#[derive(Debug, Args)]
pub struct Propose {
    /// The lender's code.
    #[arg(long)]
    institution: String,
    /// The product's code.
    #[arg(long)]
    code: String,
    /// The account of whoever proposes.
    #[arg(long)]
    by: String,
    /// Their password is the first line of standard input.
    #[arg(long, required = true)]
    password_stdin: bool,
    /// The product's definition, JSON.
    file: PathBuf,
}

fn kind(text: &str) -> Result<InstitutionKind, String> {
    InstitutionKind::parse(text)
        .ok_or_else(|| "one of consumer_finance, bank, small_loan".to_owned())
}

fn right(text: &str) -> Result<Right, String> {
    Right::parse(text).ok_or_else(|| format!("one of {}", Right::ALL.map(Right::as_str).join(", ")))
}

pub async fn institution(place: &Place, command: InstitutionCommand) -> Result<ExitCode> {
    let ctx = house(place).await?;
    match command {
        InstitutionCommand::Found(found) => {
            let new = NewInstitution {
                code: found.code,
                name: found.name,
                short_name: found.short_name,
                hotline: found.hotline,
                kind: found.kind,
            };
            say(&access::found_institution(&ctx, new).await?);
        }
        InstitutionCommand::List => {
            let view = ctx.db.read(Scope::Unscoped).await?;
            access::institutions(&view).await?.iter().for_each(say);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say(institution: &Institution) {
    println!(
        "{}  {}  {}  {}",
        institution.id,
        institution.code,
        institution.kind.as_str(),
        institution.name
    );
}

pub async fn staff(place: &Place, command: StaffCommand) -> Result<ExitCode> {
    let StaffCommand::Add(add) = command;
    let ctx = house(place).await?;
    let seat = seat(&ctx, &add.institution).await?;
    let new = NewStaff {
        account: add.account,
        name: add.name,
        badge: add.badge,
        password: first_line()?,
        rights: add.rights,
    };
    println!("{}", access::add_staff(&ctx, &seat, new).await?);
    Ok(ExitCode::SUCCESS)
}

fn first_line() -> Result<Private<String>> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let password = Private::new(line.trim_end_matches(['\r', '\n']).to_owned());
    zeroize::Zeroize::zeroize(&mut line);
    Ok(password)
}

pub async fn key(place: &Place, command: KeyCommand) -> Result<ExitCode> {
    let ctx = house(place).await?;
    match command {
        KeyCommand::Issue { institution, name } => {
            let seat = seat(&ctx, &institution).await?;
            let (id, secret) = access::issue_api_key(&ctx, &seat, &name).await?;
            println!("{id}  {}", secret.expose());
        }
        KeyCommand::Revoke { institution, id } => {
            let seat = seat(&ctx, &institution).await?;
            access::revoke_api_key(&ctx, &seat, &ApiKeyId::parse(&id)?).await?;
            println!("{id} revoked");
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn product(place: &Place, command: ProductCommand) -> Result<ExitCode> {
    let ProductCommand::Propose(propose) = command;
    let definition = std::fs::read(&propose.file)?;
    let proposal = Proposal {
        code: propose.code,
        definition: serde_json::from_slice(&definition).map_err(|cause| {
            let said = cause.to_string();
            let path = propose.file.display().to_string();
            Error::Invalid(vec![Field::new(
                path,
                "malformed",
                Text::new(said.clone(), said),
            )])
        })?,
    };
    let ctx = house(place).await?;
    let (staff, _) =
        access::sign_in(&ctx, &propose.institution, &propose.by, &first_line()?).await?;
    let proposed = ledger::retrying(|| product::propose(&ctx, &staff, &proposal)).await;
    access::sign_out(&ctx, &staff).await?;
    let version = proposed?;
    println!("{}  version {}", version.product, version.number);
    Ok(ExitCode::SUCCESS)
}

/// Opens the house under the rules of serving: what is sealed there is sealed here.
async fn house(place: &Place) -> Result<Ctx> {
    let config = place.config()?;
    config.check()?;
    let ctx = open(config).await?;
    ledger::check(&ctx).await?;
    if ctx.config.server.mode == Mode::Production {
        demo::refuse(&ctx).await?;
    }
    Ok(ctx)
}

async fn seat(ctx: &Ctx, code: &str) -> Result<Seat> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let institution = access::institution_by_code(&view, code).await?;
    Ok(Seat::system(&institution.id, "operator"))
}
