//! The wire of access, one file for each noun.

mod account;
mod changes;
mod institutions;
mod invitations;
mod keys;
mod links;
mod loosenings;
mod oidc;
mod outbox;
mod passkeys;
mod roles;
mod session;
mod settings;
mod staff;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new()
        .merge(session::routes())
        .merge(oidc::routes())
        .merge(invitations::routes())
        .merge(account::routes())
        .merge(passkeys::routes())
        .merge(staff::routes())
        .merge(changes::routes())
        .merge(institutions::routes())
        .merge(settings::routes())
        .merge(loosenings::routes())
        .merge(roles::routes())
        .merge(keys::routes())
        .merge(outbox::routes())
        .merge(links::routes())
}
