//! Tables of access. Scoped: staff and what is theirs, roles, codes. Unscoped, because they are asked before the institution is known:
//! institutions, sessions, login attempts, API keys, links.

pub mod attempts;
pub mod changes;
pub mod codes;
pub mod factors;
pub mod institutions;
pub mod invitations;
pub mod links;
pub mod loosenings;
pub mod oidc;
pub mod partners;
pub mod passkeys;
pub mod refusals;
pub mod roles;
pub mod sessions;
pub mod settings;
pub mod staff;
pub mod tickets;
pub mod verified;

use crate::db::Migration;

/// Asked before the institution is known: cookies, keys, links and hosts.
pub const LOOK_UPS: &[&str] = &[
    "access_sessions",
    "access_api_keys",
    "access_links",
    "access_domains",
];

pub const MIGRATIONS: &[Migration] = &[
    FIRST,
    KEYS,
    SETTINGS,
    STAFF,
    PASSKEYS,
    OIDC,
    verified::MIGRATION,
    WORDS,
    LOOSENINGS,
    BOUND_CODES,
    HANDS,
    refusals::MIGRATION,
];

const FIRST: Migration = Migration {
    name: "access_0001_institutions_staff_sessions_keys_links_codes",
    sql: "
        CREATE TABLE access_institutions (
            id TEXT PRIMARY KEY,
            code TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            short_name TEXT NOT NULL,
            hotline TEXT NOT NULL,
            kind TEXT NOT NULL,
            founded_at_ms BIGINT NOT NULL
        );
        CREATE TABLE access_staff (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            account TEXT NOT NULL,
            name TEXT NOT NULL,
            badge TEXT NOT NULL,
            rights TEXT NOT NULL,
            password_hash TEXT NOT NULL,
            added_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, account)
        );
        CREATE TABLE access_attempts (
            digest {bytes} PRIMARY KEY,
            failures BIGINT NOT NULL,
            paused_until_ms BIGINT NOT NULL,
            updated_at_ms BIGINT NOT NULL
        );
        CREATE INDEX access_attempts_old ON access_attempts (updated_at_ms);
        CREATE TABLE access_sessions (
            id TEXT PRIMARY KEY,
            token_digest {bytes} NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            institution_id TEXT NOT NULL,
            actor_id TEXT NOT NULL,
            case_id TEXT,
            subject_id TEXT,
            created_at_ms BIGINT NOT NULL,
            last_seen_ms BIGINT NOT NULL,
            expires_at_ms BIGINT NOT NULL,
            ended_at_ms BIGINT,
            ended_why TEXT
        );
        CREATE INDEX access_sessions_case ON access_sessions (institution_id, case_id);
        CREATE INDEX access_sessions_old ON access_sessions (expires_at_ms);
        CREATE TABLE access_api_keys (
            id TEXT PRIMARY KEY,
            secret_digest {bytes} NOT NULL UNIQUE,
            institution_id TEXT NOT NULL,
            name TEXT NOT NULL,
            issued_at_ms BIGINT NOT NULL,
            revoked_at_ms BIGINT
        );
        CREATE TABLE access_links (
            id TEXT PRIMARY KEY,
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            created_at_ms BIGINT NOT NULL,
            expires_at_ms BIGINT NOT NULL,
            revoked_at_ms BIGINT
        );
        CREATE INDEX access_links_case ON access_links (institution_id, case_id);
        CREATE TABLE access_codes (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            link_id TEXT NOT NULL,
            purpose TEXT NOT NULL,
            created_at_ms BIGINT NOT NULL,
            expires_at_ms BIGINT NOT NULL,
            tries BIGINT NOT NULL,
            sent_at_ms BIGINT,
            used_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX access_codes_link ON access_codes (institution_id, link_id, purpose, created_at_ms);
    ",
};

/// A code that signs something knows what.
const BOUND_CODES: Migration = Migration {
    name: "access_0010_bound_codes",
    sql: "
        ALTER TABLE access_codes ADD COLUMN bound_to TEXT;
        ALTER TABLE access_codes ADD COLUMN said TEXT;
    ",
};

/// A word from before doesn't say who gave it, so it opens nothing: another one is given.
const HANDS: Migration = Migration {
    name: "access_0011_hands_of_passwords",
    sql: "
        ALTER TABLE access_invitations ADD COLUMN word_by TEXT;
        ALTER TABLE access_staff ADD COLUMN password_from TEXT NOT NULL DEFAULT '';
    ",
};

/// A key from before scopes keeps what it could do.
const KEYS: Migration = Migration {
    name: "access_0002_scopes_of_keys",
    sql: "
        ALTER TABLE access_api_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT 'journeys.read journeys.write';
        ALTER TABLE access_api_keys ADD COLUMN networks TEXT NOT NULL DEFAULT '';
        ALTER TABLE access_api_keys ADD COLUMN expires_at_ms BIGINT;
        ALTER TABLE access_api_keys ADD COLUMN last_used_ms BIGINT;
        ALTER TABLE access_api_keys ADD COLUMN successor TEXT;
        CREATE INDEX access_api_keys_institution ON access_api_keys (institution_id, id);
    ",
};

/// Hosts are asked before the institution is known; the row of a host is all there is to know of it.
const SETTINGS: Migration = Migration {
    name: "access_0003_settings_domains_tickets",
    sql: "
        ALTER TABLE access_institutions ADD COLUMN swept_day BIGINT NOT NULL DEFAULT 0;
        CREATE TABLE access_settings (
            institution_id TEXT NOT NULL,
            version BIGINT NOT NULL,
            settings TEXT NOT NULL,
            changed_at_ms BIGINT NOT NULL,
            changed_by TEXT NOT NULL,
            PRIMARY KEY (institution_id, version)
        );
        CREATE TABLE access_domains (
            host TEXT PRIMARY KEY,
            institution_id TEXT NOT NULL
        );
        CREATE TABLE access_tickets (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            secret_digest {bytes} NOT NULL,
            link_id TEXT NOT NULL,
            expires_at_ms BIGINT NOT NULL,
            used_at_ms BIGINT,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, secret_digest)
        );
        CREATE TABLE access_returns (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            address TEXT NOT NULL,
            PRIMARY KEY (institution_id, case_id)
        );
    ",
};

const STAFF: Migration = Migration {
    name: "access_0004_roles_invitations_second_factors",
    sql: "
        ALTER TABLE access_staff ADD COLUMN state TEXT NOT NULL DEFAULT 'active';
        ALTER TABLE access_staff ADD COLUMN roles TEXT NOT NULL DEFAULT '';
        CREATE TABLE access_roles (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            rights TEXT NOT NULL,
            version BIGINT NOT NULL,
            updated_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, name)
        );
        CREATE TABLE access_invitations (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            staff_id TEXT NOT NULL,
            token_digest {bytes} NOT NULL,
            made_at_ms BIGINT NOT NULL,
            expires_at_ms BIGINT NOT NULL,
            closed_at_ms BIGINT,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, token_digest)
        );
        CREATE TABLE access_changes (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            kind TEXT NOT NULL,
            staff_id TEXT NOT NULL,
            roles TEXT NOT NULL,
            proposed_by TEXT NOT NULL,
            proposed_at_ms BIGINT NOT NULL,
            state TEXT NOT NULL,
            decided_by TEXT,
            decided_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE TABLE access_totp (
            institution_id TEXT NOT NULL,
            staff_id TEXT NOT NULL,
            secret_sealed {bytes} NOT NULL,
            last_step BIGINT NOT NULL,
            begun_at_ms BIGINT NOT NULL,
            confirmed_at_ms BIGINT,
            PRIMARY KEY (institution_id, staff_id)
        );
        CREATE TABLE access_recovery_codes (
            institution_id TEXT NOT NULL,
            staff_id TEXT NOT NULL,
            digest {bytes} NOT NULL,
            made_at_ms BIGINT NOT NULL,
            used_at_ms BIGINT,
            PRIMARY KEY (institution_id, staff_id, digest)
        );
        ALTER TABLE access_sessions ADD COLUMN stage TEXT NOT NULL DEFAULT 'full';
        ALTER TABLE access_sessions ADD COLUMN method TEXT NOT NULL DEFAULT 'password';
        ALTER TABLE access_sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';
        ALTER TABLE access_sessions ADD COLUMN network TEXT NOT NULL DEFAULT '';
        ALTER TABLE access_sessions ADD COLUMN elsewhere BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE access_sessions ADD COLUMN proved_at_ms BIGINT NOT NULL DEFAULT 0;
        CREATE INDEX access_sessions_actor ON access_sessions (institution_id, actor_id);
    ",
};

const PASSKEYS: Migration = Migration {
    name: "access_0005_passkeys",
    sql: "
        CREATE TABLE access_passkeys (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            staff_id TEXT NOT NULL,
            name TEXT NOT NULL,
            site TEXT NOT NULL,
            credential {bytes} NOT NULL,
            passkey TEXT NOT NULL,
            counter BIGINT NOT NULL,
            added_at_ms BIGINT NOT NULL,
            last_used_ms BIGINT,
            suspected_at_ms BIGINT,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, credential)
        );
        CREATE INDEX access_passkeys_staff ON access_passkeys (institution_id, staff_id, id);
        CREATE TABLE access_ceremonies (
            institution_id TEXT NOT NULL,
            session_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            site TEXT NOT NULL,
            state TEXT NOT NULL,
            expires_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, session_id, kind)
        );
    ",
};

const OIDC: Migration = Migration {
    name: "access_0006_sign_in_providers",
    sql: "
        CREATE TABLE access_oidc (
            institution_id TEXT PRIMARY KEY,
            issuer TEXT NOT NULL,
            client_id TEXT NOT NULL,
            claim TEXT NOT NULL,
            acr TEXT,
            amr TEXT,
            secret_sealed {bytes} NOT NULL,
            changed_at_ms BIGINT NOT NULL
        );
    ",
};

/// A link from before has no word, so it opens nothing: another one is made.
const WORDS: Migration = Migration {
    name: "access_0008_words_of_invitations",
    sql: "
        ALTER TABLE access_invitations ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
        ALTER TABLE access_invitations ADD COLUMN word_digest {bytes};
        ALTER TABLE access_invitations ADD COLUMN word_failures BIGINT NOT NULL DEFAULT 0;
    ",
};

const LOOSENINGS: Migration = Migration {
    name: "access_0009_loosenings",
    sql: "
        CREATE TABLE access_loosenings (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            kind TEXT NOT NULL,
            loosening TEXT NOT NULL,
            secret_sealed {bytes},
            proposed_by TEXT NOT NULL,
            proposed_at_ms BIGINT NOT NULL,
            state TEXT NOT NULL,
            decided_by TEXT,
            decided_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
    ",
};
