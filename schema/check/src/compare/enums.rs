//! Values of enums.

use apollo_compiler::schema::EnumType;

use super::{DeprecationKinds, Found, announced};
use crate::change::ChangeKind;

const DEPRECATION: DeprecationKinds = DeprecationKinds {
    added: ChangeKind::EnumValueDeprecationAdded,
    removed: ChangeKind::EnumValueDeprecationRemoved,
    reason_changed: ChangeKind::EnumValueDeprecationReasonChanged,
};

/// Values by name.
pub(super) fn compare(old: &EnumType, new: &EnumType, found: &mut Found<'_>) {
    let ty = &new.name;
    for (name, before) in &old.values {
        let coordinate = format!("{ty}.{name}");
        let Some(now) = new.values.get(name) else {
            let announced = announced(&before.directives);
            let message = format!(
                "value {coordinate} was removed{announced}; operations and variables that give it are refused"
            );
            found.breaking(ChangeKind::EnumValueRemoved, &coordinate, message);
            continue;
        };
        let kind = ChangeKind::EnumValueDescriptionChanged;
        let (old, new) = (&before.description, &now.description);
        found.description(kind, &coordinate, old.as_ref(), new.as_ref());
        let (old, new) = (&before.directives, &now.directives);
        found.deprecation(&DEPRECATION, &coordinate, old, new);
    }
    for (name, _) in &new.values {
        if !old.values.contains_key(name) {
            let coordinate = format!("{ty}.{name}");
            let message = format!(
                "value {coordinate} was added; clients that handle every value of {ty} do not know it"
            );
            found.dangerous(ChangeKind::EnumValueAdded, &coordinate, message);
        }
    }
}
