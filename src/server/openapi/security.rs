//! How somebody shows who they are.

use crate::api::TOKEN_COOKIE;
use utoipa::openapi::{
    ComponentsBuilder, SecurityRequirement,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// By a token in the header.
const TOKEN: &str = "token";
/// By the cookie of who signed in on the page.
const COOKIE: &str = "cookie";

/// The ways that there are; the first is not to show it at all.
pub(super) fn requirements() -> Vec<SecurityRequirement> {
    let shown = |name| SecurityRequirement::new(name, [""; 0]);
    vec![SecurityRequirement::default(), shown(TOKEN), shown(COOKIE)]
}

/// The ways, as components.
pub(super) fn schemes(components: ComponentsBuilder) -> ComponentsBuilder {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("A JSON Web Token, signed with HS256, RS256, ES256 or EdDSA, with `exp`."))
        .build();
    let cookie = ApiKeyValue::with_description(TOKEN_COOKIE, "The token of who signed in at `/sign-in`.");
    components
        .security_scheme(TOKEN, SecurityScheme::Http(token))
        .security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
}
