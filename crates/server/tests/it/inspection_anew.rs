//! A draw that waited for its checkpoint in vain, and is begun anew.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::actors::Staff;
use crate::app::TestApp;
use crate::inspection::{asks, decided, first_root_over, text};
use crate::money::drawn;

#[test]
fn a_draw_begun_anew_swears_to_its_population_anew() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let staff = Staff::signs_in(app, "heyun").await;
        app.settle().await;
        let asked = asks(app, &staff, json!({ "outcome": "completed", "n": 1 })).await;
        let id = asked.expect(StatusCode::CREATED).json()["id"].clone();
        let path = format!("/api/console/draws/{}", text(&id));
        // No checkpoint comes for long: the waits grow, and end.
        for _ in 0..11 {
            app.run_jobs().await;
            app.advance_ms(600_000);
        }
        let staff = Staff::signs_in(app, "heyun").await;
        let failed = staff.get(app, &path).await.ok().json();
        assert_eq!(failed["state"], "failed");
        let (_, late) = drawn(app, 2).await;
        app.settle().await;
        let again = format!("{path}/again");
        let again = staff
            .send(app, Method::POST, &again, Some(&json!({})))
            .await;
        again.ok();
        decided(app).await;
        let draw = staff.get(app, &path).await.ok().json();
        assert_eq!(draw["state"], "drawn");
        assert_eq!(app.facts(text(&id), "inspection.met.v1").await, 2);
        let root = first_root_over(app, text(&id)).await;
        assert_eq!(draw["checkpoint_root"], proof::hex::encode(&root));
        let list = staff.get(app, &format!("{path}/population")).await.ok();
        assert!(list.text().contains(&opened.id), "{}", list.text());
        assert!(
            !list.text().contains(&late.id),
            "nobody joins behind the ask"
        );
    });
}
