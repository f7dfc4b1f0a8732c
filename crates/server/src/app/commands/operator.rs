//! What the operator does for a lender before anyone can sign in. Every act is a fact in that lender's log.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{Place, open};
use crate::access::{
    self, ApiKeyId, Institution, InstitutionKind, Invitee, NewApiKey, NewInstitution, NewStaff,
    Right, Scope, Settings, StoredSettings, network,
};
use crate::app::demo;
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::db;
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
    /// Prints a lender's settings as JSON: version and settings.
    Settings {
        #[arg(long)]
        code: String,
    },
    /// Puts settings in force that were printed, changed, and stand in a file; of two changes at once the second is refused.
    Set {
        #[arg(long)]
        code: String,
        /// What `settings` printed, changed.
        file: PathBuf,
    },
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
    /// consumer_finance, bank, small_loan or operator.
    #[arg(long, value_parser = kind)]
    kind: InstitutionKind,
}

#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// Adds a member of staff.
    Add(Add),
    /// Invites a member of staff: prints id, link and, apart, the word without which the link opens nothing. Hand them
    /// over by two ways, such as mail and telephone.
    Invite(Invite),
}

#[derive(Debug, Args)]
pub struct Invite {
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
    /// Codes of built-in roles, divided by commas; the first two administrators come this way.
    #[arg(long, value_delimiter = ',', required = true)]
    roles: Vec<String>,
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
    /// Codes of built-in roles, divided by commas; the first two administrators come this way.
    #[arg(long, value_delimiter = ',')]
    roles: Vec<String>,
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
        /// Divided by commas, such as journeys.read,journeys.write; all when left out.
        #[arg(long, value_delimiter = ',', value_parser = scope)]
        scopes: Vec<Scope>,
        /// Divided by commas, such as 203.0.113.0/24; anywhere when left out.
        #[arg(long, value_delimiter = ',', value_parser = network)]
        networks: Vec<IpNet>,
        /// Whole days it lasts; until it is revoked when left out.
        #[arg(long)]
        days: Option<i64>,
    },
    /// Gives a key a successor and prints its id and its secret, this once.
    Rotate {
        /// The lender's code.
        #[arg(long)]
        institution: String,
        /// Days the old key lives on.
        #[arg(long, default_value_t = 7)]
        grace_days: i64,
        /// The key's id, `key_…`.
        id: String,
    },
    /// Lists the newest 200 keys of a lender: id, state, scopes, name.
    List {
        /// The lender's code.
        #[arg(long)]
        institution: String,
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
        .ok_or_else(|| "one of consumer_finance, bank, small_loan, operator".to_owned())
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| format!("one of {}", Scope::ALL.map(Scope::as_str).join(", ")))
}

fn right(text: &str) -> Result<Right, String> {
    Right::parse(text).ok_or_else(|| {
        format!(
            "one of {}",
            Right::ALL
                .iter()
                .map(|right| right.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        )
    })
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
            let view = ctx.db.read(db::Scope::Unscoped).await?;
            access::institutions(&view).await?.iter().for_each(say);
        }
        InstitutionCommand::Settings { code } => {
            let seat = seat(&ctx, &code).await?;
            let view = ctx.db.read(&seat.institution).await?;
            print_settings(&access::settings(&view).await?)?;
        }
        InstitutionCommand::Set { code, file } => {
            let seat = seat(&ctx, &code).await?;
            let wanted: Printed = serde_json::from_slice(&std::fs::read(file)?)?;
            let stored =
                access::change_settings(&ctx, &seat, wanted.version, &wanted.settings).await?;
            print_settings(&stored)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Settings as they are printed and read again.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Printed {
    version: i64,
    settings: Settings,
}

fn print_settings(stored: &StoredSettings) -> Result<()> {
    let printed = Printed {
        version: stored.version,
        settings: stored.settings.clone(),
    };
    println!("{}", serde_json::to_string_pretty(&printed)?);
    Ok(())
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
    let ctx = house(place).await?;
    match command {
        StaffCommand::Add(add) => {
            let seat = seat(&ctx, &add.institution).await?;
            let new = NewStaff {
                account: add.account,
                name: add.name,
                badge: add.badge,
                password: first_line()?,
                rights: add.rights,
                roles: add.roles,
            };
            println!("{}", access::add_staff(&ctx, &seat, new).await?);
        }
        StaffCommand::Invite(invite) => {
            let seat = seat(&ctx, &invite.institution).await?;
            let new = Invitee {
                account: invite.account,
                name: invite.name,
                badge: invite.badge,
                roles: invite.roles,
            };
            let invited = access::invite_by_operator(&ctx, &seat, &new).await?;
            println!("{}  {}", invited.staff, invited.url.expose());
            if let Some(word) = &invited.word {
                println!("\n{}", word.expose());
            }
        }
    }
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
        KeyCommand::Issue {
            institution,
            name,
            scopes,
            networks,
            days,
        } => {
            let seat = seat(&ctx, &institution).await?;
            let mut new = NewApiKey::for_all(&name);
            if !scopes.is_empty() {
                new.scopes = scopes;
            }
            (new.networks, new.days) = (networks, days);
            let (key, secret) = access::issue_api_key(&ctx, &seat, &new).await?;
            println!("{}  {}", key.id, secret.expose());
        }
        KeyCommand::Rotate {
            institution,
            grace_days,
            id,
        } => {
            let seat = seat(&ctx, &institution).await?;
            let id = ApiKeyId::parse(&id)?;
            let (key, secret) = access::rotate_api_key(&ctx, &seat, &id, grace_days).await?;
            println!("{}  {}", key.id, secret.expose());
        }
        KeyCommand::List { institution } => {
            let seat = seat(&ctx, &institution).await?;
            let view = ctx.db.read(&seat.institution).await?;
            for key in access::api_keys(&view, None, 200).await?.rows {
                println!(
                    "{}  {:?}  {}  {}",
                    key.id,
                    key.state(ctx.clock.now_ms()),
                    Scope::words(&key.scopes).join(","),
                    key.name
                );
            }
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
    let view = ctx.db.read(db::Scope::Unscoped).await?;
    let institution = access::institution_by_code(&view, code).await?;
    Ok(Seat::system(&institution.id, "operator"))
}
