//! The path of one loan.

use crate::app::TestApp;

#[test]
fn a_fresh_house_audits_clean() {
    TestApp::run(async |app| {
        app.settle().await;
    });
}
