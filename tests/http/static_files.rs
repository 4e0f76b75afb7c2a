//! `/static/…` and `/favicon.ico`: names that change with the content, kept for a year.

use axum::http::Method;
use scraper::{Html, Selector};
use signet::config::{Accent, Setting};

use crate::world::World;

/// The addresses that the pages name.
async fn addresses(world: &World) -> Vec<String> {
    let page = world.get("/").await.page(200);
    let html = Html::parse_document(&page.answer.text());
    let named = Selector::parse("link[href], script[src]").unwrap();
    html.select(&named).map(|each| each.attr("href").or(each.attr("src")).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_pages_name_is_kept_for_a_year() {
    let world = World::start().await;
    let addresses = addresses(&world).await;
    assert_eq!(addresses.len(), 3, "{addresses:?}");
    for address in addresses {
        let answer = world.get(&address).await.expect(200);
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(!answer.headers.contains_key("set-cookie"), "{address}");
        let media = match address.rsplit_once('.').unwrap().1 {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(answer.header("content-type"), media);
        let tag = answer.header("etag").to_owned();
        assert!(address.contains(tag.trim_matches('"')), "the name has the hash: {address}");
        let again = world.call(Method::GET, &address).header("if-none-match", &tag).send().await.expect(304);
        assert_eq!((again.body.len(), again.header("etag")), (0, tag.as_str()));
        let head = world.call(Method::HEAD, &address).send().await.expect(200);
        assert_eq!((head.body.len(), head.header("etag")), (0, tag.as_str()));
    }
}

#[tokio::test]
async fn other_names_are_not_found_and_not_kept() {
    let world = World::start().await;
    let paths =
        ["signet.css", "signet.000000000000.css", "accent.css", "..%2fCargo.toml", "%2e%2e%2f", "%00", "%ff", "a/b"];
    for path in paths {
        let answer = world.get(&format!("/static/{path}")).await;
        assert!([400, 404].contains(&answer.status.as_u16()), "{path}");
        let page = answer.clone().error_page(answer.status.as_u16());
        assert_eq!(page.answer.header("cache-control"), "no-store");
    }
    world.call(Method::POST, "/static/signet.css").send().await.error_page(405);
}

#[tokio::test]
async fn a_tenants_color_is_a_style_sheet_of_its_own() {
    let accent = Accent::parse("#1d4ed8").unwrap();
    let world = World::configured(|config| config.branding.accent = Some(accent)).await;
    assert!(addresses(&world).await.contains(&"/static/accent.css".to_owned()));
    let answer = world.get("/static/accent.css").await.expect(200);
    assert_eq!(answer.header("cache-control"), "public, max-age=300", "its name does not change");
    assert!(answer.text().contains("#1d4ed8"));
}

#[tokio::test]
async fn browsers_find_the_icon_where_they_look() {
    let world = World::start().await;
    let answer = world.get("/favicon.ico").await.expect(200);
    assert_eq!(answer.header("content-type"), "image/svg+xml");
    assert_eq!(answer.header("cache-control"), "public, max-age=86400");
}
