//! Integration tests: real router, real database, typed actors, a clock moved by hand.
//!
//! They run on SQLite, and again on PostgreSQL when `XIAOBAO_TEST_POSTGRES` names a server.
//! Every test ends with drained jobs, a published checkpoint and a full audit.

mod actors;
mod app;
mod desk;
mod living;
mod loosenings;
mod template;

mod access;
mod accounts;
mod addresses;
mod batch;
mod batch_in;
mod batch_sftp;
mod ceilings;
mod concurrency;
mod consent;
mod consent_work;
mod contacts;
mod contract;
mod counter;
mod custody;
mod disbursed;
mod disclosure;
mod epochs;
mod errors;
mod factors;
mod forgetting;
mod hardening;
mod identity;
mod invitations;
mod isolation;
mod journey;
mod keys;
mod ledger;
mod lines;
mod me;
mod money;
mod openapi;
mod parties;
mod passkeys;
mod prints;
mod providers;
mod relatives;
mod roster;
mod routes;
mod row_security;
mod secrets;
mod sessions;
mod settings;
mod signing;
mod signing_ends;
mod signing_person;
mod signing_set;
mod simulation;
mod sms;
mod staff;
mod steps;
mod suitability;
mod takeover;
mod tampering;
mod tickets;
mod vault;
mod webhook;
