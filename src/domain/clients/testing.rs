//! A client for unit tests: a confidential web shop that may do everything a shop does.

use super::{ApplicationType, AuthMethod, Client, GrantType, Metadata};
use crate::kernel::{
    Clock,
    id::{ClientId, TenantId},
    scope::Scopes,
};

/// The shop.
pub fn client() -> Client {
    let now = Clock::System.now();
    Client {
        id: ClientId::fresh(),
        tenant: TenantId::fresh(),
        client_id: "shop".into(),
        client_name: "Shop".into(),
        application_type: ApplicationType::Web,
        token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
        redirect_uris: vec!["https://shop.example.test/cb".into()],
        post_logout_redirect_uris: vec!["https://shop.example.test/bye".into()],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scope: Scopes::parse("openid profile email offline_access").unwrap(),
        pkce_required: true,
        first_party: false,
        access_token_ttl: None,
        client_uri: None,
        logo_uri: None,
        policy_uri: None,
        tos_uri: None,
        owner: None,
        metadata: Metadata::default(),
        created_at: now,
        updated_at: now,
    }
}
