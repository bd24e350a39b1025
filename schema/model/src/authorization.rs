//! What a client must be allowed before an element may be selected.

/// The requirements of `@authenticated`, `@requiresScopes` and `@policy` on one element.
/// Scopes and policies are in disjunctive form: any inner list that is satisfied as a whole suffices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorization {
    /// A verified identity is needed.
    pub authenticated: bool,
    /// `@requiresScopes(scopes: [["a", "b"], ["c"]])`: (a and b) or c. Empty: none required.
    pub scopes: Vec<Vec<String>>,
    /// `@policy(policies: …)`, in the same form.
    pub policies: Vec<Vec<String>>,
}

impl Authorization {
    /// Whether anyone may select the element.
    pub fn is_public(&self) -> bool {
        !self.authenticated && self.scopes.is_empty() && self.policies.is_empty()
    }
}
