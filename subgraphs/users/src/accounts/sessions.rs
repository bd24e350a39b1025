//! Sessions: begun by a login, kept alive by refreshing, ended by logout or by misuse.

use chrono::{DateTime, Utc};
use jsonwebtoken::EncodingKey;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use subgraphs_kit::Result;
use subgraphs_kit::identity::{ADMIN_SCOPE, AccessClaims, USER_SCOPE};
use subgraphs_kit::scope::Scope;
use subgraphs_kit::user_error::{UserError, UserErrorCode};
use uuid::Uuid;

use super::{Accounts, Outcome};
use crate::entity::{refresh_token, session, user};
use crate::entropy::random;
use crate::store;
use crate::store::sessions::Revocation;
use crate::tokens::{RefreshToken, sign_access_token};

/// The length of the secret successors are derived with, in bytes.
const ROTATION_SECRET_BYTES: usize = 32;

/// What a client gets to act as a user.
pub(crate) struct Grant {
    pub(crate) user: user::Model,
    pub(crate) access_token: String,
    pub(crate) access_token_expires_at: DateTime<Utc>,
    pub(crate) refresh_token: RefreshToken,
    pub(crate) refresh_token_expires_at: DateTime<Utc>,
}

/// A session and the refresh token that keeps it alive.
pub(super) struct Begun {
    session: Uuid,
    token: RefreshToken,
    expires_at: DateTime<Utc>,
}

/// The key that signs now.
pub(super) struct Signer {
    kid: String,
    key: EncodingKey,
}

/// What became of a refresh token that was presented.
enum Rotation {
    /// Its user gets this one instead.
    Successor(RefreshToken, refresh_token::Model),
    /// It was used before, by somebody else perhaps.
    Reused,
}

impl Accounts {
    /// The key to sign with. Ask before a transaction begins: it may take another connection.
    pub(super) async fn signer(&self, scope: &Scope) -> Result<Signer> {
        let (kid, key) = self.keys.active(&scope.db, scope.deps.now()).await?;
        Ok(Signer { kid, key })
    }

    /// Begins a session of `user`.
    pub(super) async fn begin_session(
        &self,
        transaction: &DatabaseTransaction,
        scope: &Scope,
        user: Uuid,
    ) -> Result<Begun> {
        let (now, id) = scope.deps.stamp();
        let entropy = &*self.config.entropy;
        let session = session::Model {
            id,
            user_id: user,
            rotation_secret: random::<ROTATION_SECRET_BYTES>(entropy).to_vec(),
            created_at: now,
            expires_at: now + self.config.lifetimes.session,
            revoked_at: None,
            revoked_for: None,
        };
        let token = RefreshToken::generate(entropy);
        let row = self.token_row(&token, &session, now);
        let expires_at = row.expires_at;
        store::sessions::insert(transaction, session, now).await?;
        store::sessions::insert_token(transaction, row, now).await?;
        Ok(Begun {
            session: id,
            token,
            expires_at,
        })
    }

    /// Signs the access token that goes with a session.
    pub(super) fn grant(
        &self,
        scope: &Scope,
        signer: Signer,
        user: user::Model,
        begun: Begun,
    ) -> Result<Grant> {
        let (now, jti) = scope.deps.stamp();
        let expires_at = now + self.config.lifetimes.access_token;
        let claims = AccessClaims {
            iss: self.config.issuer.clone(),
            aud: self.config.audience.clone(),
            sub: user.id,
            sid: begun.session,
            jti,
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
            scope: match user.role {
                user::Role::User => USER_SCOPE.to_owned(),
                user::Role::Admin => format!("{USER_SCOPE} {ADMIN_SCOPE}"),
            },
        };
        Ok(Grant {
            user,
            access_token: sign_access_token(&claims, signer.kid, &signer.key)?,
            access_token_expires_at: expires_at,
            refresh_token: begun.token,
            refresh_token_expires_at: begun.expires_at,
        })
    }

    /// Exchanges a refresh token for the next one and a new access token.
    ///
    /// A token works once. Used again within the grace period, and while its successor is unused, it
    /// answers with that same successor (the first answer may have been lost). Used again otherwise,
    /// it ends the session for everybody who holds one of its tokens (RFC 9700, section 4.14.2).
    pub(crate) async fn refresh(&self, scope: &Scope, presented: &str) -> Outcome<Grant> {
        let token = RefreshToken::decode(presented).ok_or_else(session_over)?;
        let signer = self.signer(scope).await?;
        let now = scope.deps.now();
        let transaction = scope.db.begin().await?;
        let row = store::sessions::find_token(&transaction, token.digest()).await?;
        let row = row.ok_or_else(session_over)?;
        let session = store::sessions::find(&transaction, row.session_id).await?;
        let session = session.ok_or_else(session_over)?;
        if session.revoked_at.is_some() || session.expires_at <= now || row.expires_at <= now {
            return Err(session_over().into());
        }
        let user = store::users::find(&transaction, session.user_id).await?;
        let user = user.ok_or_else(session_over)?;
        match self.rotate(&transaction, &token, &session, now).await? {
            Rotation::Successor(token, row) => {
                transaction.commit().await?;
                let begun = Begun {
                    session: session.id,
                    token,
                    expires_at: row.expires_at,
                };
                Ok(self.grant(scope, signer, user, begun)?)
            }
            Rotation::Reused => {
                store::sessions::revoke(&transaction, session.id, Revocation::Reuse, now).await?;
                transaction.commit().await?;
                tracing::warn!(
                    session.id = %session.id,
                    user.id = %user.id,
                    "a refresh token was used twice; its session has been ended"
                );
                Err(session_over().into())
            }
        }
    }

    async fn rotate(
        &self,
        connection: &impl ConnectionTrait,
        token: &RefreshToken,
        session: &session::Model,
        now: DateTime<Utc>,
    ) -> Result<Rotation> {
        let successor = token.successor(&session.rotation_secret);
        let digest = successor.digest();
        if store::sessions::rotate_token(connection, &token.digest(), &digest, now).await? {
            let row = self.token_row(&successor, session, now);
            store::sessions::insert_token(connection, row.clone(), now).await?;
            return Ok(Rotation::Successor(successor, row));
        }
        // Read again: the request that won the race has committed meanwhile.
        let row = store::sessions::find_token(connection, token.digest()).await?;
        let next = store::sessions::find_token(connection, digest).await?;
        let grace = self.config.lifetimes.refresh_grace;
        let is_recent = row
            .and_then(|row| row.rotated_at)
            .is_some_and(|rotated_at| now - rotated_at <= grace);
        Ok(match next {
            Some(next) if is_recent && next.rotated_at.is_none() => {
                Rotation::Successor(successor, next)
            }
            _ => Rotation::Reused,
        })
    }

    fn token_row(
        &self,
        token: &RefreshToken,
        session: &session::Model,
        now: DateTime<Utc>,
    ) -> refresh_token::Model {
        refresh_token::Model {
            digest: token.digest(),
            session_id: session.id,
            created_at: now,
            expires_at: (now + self.config.lifetimes.refresh_token).min(session.expires_at),
            rotated_at: None,
            successor: None,
        }
    }

    /// Ends the session a refresh token belongs to, and the one the access token belongs to. Doing it
    /// again changes nothing.
    pub(crate) async fn logout(&self, scope: &Scope, presented: Option<&str>) -> Outcome<()> {
        let now = scope.deps.now();
        let mut sessions = Vec::from_iter(scope.identity().session());
        if let Some(token) = presented.and_then(RefreshToken::decode) {
            let row = store::sessions::find_token(scope.db.write(), token.digest()).await?;
            sessions.extend(row.map(|row| row.session_id));
        }
        for session in sessions {
            store::sessions::revoke(scope.db.write(), session, Revocation::Logout, now).await?;
        }
        Ok(())
    }
}

fn session_over() -> UserError {
    UserError::new(
        "",
        UserErrorCode::Unauthenticated,
        "the session has ended; sign in again",
    )
}
