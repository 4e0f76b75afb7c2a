//! Passwords that came from another system: verified as they are, and kept better from the first sign-in on.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, phc::PasswordHash},
};
use signet::{domain::users::CreateUser, kernel::Code};

use crate::world::{PASSWORD, World};

const NORA: &str = "nora@example.test";

fn import(hash: &str) -> CreateUser {
    CreateUser {
        email: NORA.into(),
        name: "Nora Newman".into(),
        password: None,
        password_hash: Some(hash.into()),
        verified: true,
        admin: false,
        claims: serde_json::Map::new(),
    }
}

fn argon2(algorithm: Algorithm, memory: u32, password: &str) -> String {
    let params = Params::new(memory, 1, 1, None).unwrap();
    let hash: PasswordHash = Argon2::new(algorithm, Version::V0x13, params).hash_password(password.as_bytes()).unwrap();
    hash.to_string()
}

async fn stored(world: &World) -> String {
    world.snapshot().await["credential_password"][0].clone()
}

#[tokio::test]
async fn imported_hashes_are_taken_and_upgraded_at_the_first_sign_in() {
    let bcrypt = bcrypt::hash(PASSWORD, 4).unwrap();
    let older = [
        bcrypt.replacen("$2b$", "$2a$", 1),
        bcrypt.replacen("$2b$", "$2y$", 1),
        bcrypt,
        argon2(Algorithm::Argon2i, 64, PASSWORD),
        argon2(Algorithm::Argon2d, 64, PASSWORD),
        argon2(Algorithm::Argon2id, 32, PASSWORD),
    ];
    for hash in older {
        let world = World::start().await;
        world.operator(import(&hash)).await.unwrap();
        world.front_end().login(NORA, "not the password").await.problem(401, "wrong_credentials");
        assert!(stored(&world).await.contains(&hash), "a failure changes nothing");
        world.front_end().login(NORA, PASSWORD).await.expect(200);
        let upgraded = stored(&world).await;
        assert!(upgraded.contains("$argon2id$v=19$m=64,t=1,p=1$"), "{upgraded}");
        world.front_end().login(NORA, PASSWORD).await.expect(200);
        world.front_end().login(NORA, "not the password").await.problem(401, "wrong_credentials");
        assert_eq!(stored(&world).await, upgraded);
        assert_eq!(world.count_facts("password.hash_upgraded").await, 1);
    }
}

#[tokio::test]
async fn a_hash_as_we_make_it_stays() {
    let world = World::start().await;
    let hash = argon2(Algorithm::Argon2id, 64, PASSWORD);
    world.operator(import(&hash)).await.unwrap();
    world.front_end().login(NORA, PASSWORD).await.expect(200);
    assert!(stored(&world).await.contains(&hash));
    assert_eq!(world.count_facts("password.hash_upgraded").await, 0);
}

#[tokio::test]
async fn hashes_that_cannot_be_verified_or_cost_too_much_are_not_taken() {
    let world = World::start().await;
    let before = world.snapshot().await;
    let expensive = argon2(Algorithm::Argon2id, 64, PASSWORD).replacen("m=64", "m=4194304", 1);
    for hash in ["", "5f4dcc3b5aa765d61d8327deb882cf99", "$1$salt$hash", "$argon2id$v=19$m=64", "$2b$31$x", &expensive]
    {
        let error = world.operator(import(hash)).await.unwrap_err();
        let refusal = error.refusal().unwrap();
        assert_eq!((refusal.code, refusal.fields[0].field), (Code::InvalidInput, "password_hash"), "{hash}");
    }
    assert_eq!(world.snapshot().await, before);
}

#[tokio::test]
async fn who_has_no_password_cannot_sign_in_but_can_choose_one() {
    let world = World::start().await;
    world.operator(CreateUser { password_hash: None, ..import("") }).await.unwrap();
    for guess in ["", " ", PASSWORD] {
        assert!([401, 422].contains(&world.front_end().login(NORA, guess).await.status.as_u16()));
    }
    world.front_end().forgot(NORA).await.expect(202);
    let link = world.mail("reset_password", NORA).await.link();
    let token = link.split_once("token=").unwrap().1;
    world.front_end().reset(token, PASSWORD).await.expect(200);
    world.front_end().login(NORA, PASSWORD).await.expect(200);
}
