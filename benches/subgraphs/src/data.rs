//! The benchmark's data, read off its expected answer.
//!
//! Data: graphql-hive/graphql-gateways-benchmark, MIT, Copyright (c) 2023 The Guild.

/// An account.
pub(crate) struct User {
    pub(crate) id: &'static str,
    pub(crate) username: &'static str,
    pub(crate) name: &'static str,
}

/// A product and what the inventory knows of it.
pub(crate) struct Product {
    pub(crate) upc: &'static str,
    pub(crate) name: &'static str,
    pub(crate) price: i32,
    pub(crate) weight: i32,
    pub(crate) in_stock: bool,
}

/// A review; every one is by the first user.
pub(crate) struct Review {
    pub(crate) id: &'static str,
    pub(crate) body: &'static str,
    pub(crate) product: &'static str,
}

/// All users, in the order of `Query.users`.
pub(crate) const USERS: &[User] = &[
    User {
        id: "1",
        username: "urigo",
        name: "Uri Goldshtein",
    },
    User {
        id: "2",
        username: "dotansimha",
        name: "Dotan Simha",
    },
    User {
        id: "3",
        username: "kamilkisiela",
        name: "Kamil Kisiela",
    },
    User {
        id: "4",
        username: "ardatan",
        name: "Arda Tanrikulu",
    },
    User {
        id: "5",
        username: "gilgardosh",
        name: "Gil Gardosh",
    },
    User {
        id: "6",
        username: "laurin",
        name: "Laurin Quast",
    },
];

/// All products, in the order of `Query.topProducts`.
pub(crate) const PRODUCTS: &[Product] = &[
    Product {
        upc: "1",
        name: "Table",
        price: 899,
        weight: 100,
        in_stock: true,
    },
    Product {
        upc: "2",
        name: "Couch",
        price: 1299,
        weight: 1000,
        in_stock: false,
    },
    Product {
        upc: "3",
        name: "Glass",
        price: 15,
        weight: 20,
        in_stock: false,
    },
    Product {
        upc: "4",
        name: "Chair",
        price: 499,
        weight: 100,
        in_stock: false,
    },
    Product {
        upc: "5",
        name: "TV",
        price: 1299,
        weight: 1000,
        in_stock: true,
    },
];

/// All reviews, in the order of `Product.reviews`.
pub(crate) const REVIEWS: &[Review] = &[
    Review {
        id: "1",
        body: LOREM,
        product: "1",
    },
    Review {
        id: "2",
        body: SED_UT,
        product: "1",
    },
    Review {
        id: "3",
        body: SED_QUIA,
        product: "1",
    },
    Review {
        id: "4",
        body: UT_ENIM,
        product: "1",
    },
    Review {
        id: "5",
        body: LOREM,
        product: "2",
    },
    Review {
        id: "6",
        body: SED_UT,
        product: "2",
    },
    Review {
        id: "7",
        body: SED_QUIA,
        product: "2",
    },
    Review {
        id: "8",
        body: UT_ENIM,
        product: "2",
    },
    Review {
        id: "9",
        body: UT_ENIM,
        product: "3",
    },
    Review {
        id: "10",
        body: UT_ENIM,
        product: "4",
    },
    Review {
        id: "11",
        body: AT_VERO,
        product: "4",
    },
];

/// How many of the reviews `User.reviews` gives, the same for every user.
pub(crate) const REVIEWS_PER_USER: usize = 2;

const LOREM: &str = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor \
    incididunt ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud \
    exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. Duis aute \
    irure dolor in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla \
    pariatur. Excepteur sint occaecat cupidatat non proident, sunt in culpa qui officia \
    deserunt mollit anim id est laborum.";
const SED_UT: &str = "Sed ut perspiciatis unde omnis iste natus error sit voluptatem accusantium \
    doloremque laudantium, totam rem aperiam, eaque ipsa quae ab illo inventore \
    veritatis et quasi architecto beatae vitae dicta sunt explicabo. Nemo enim ipsam \
    voluptatem quia voluptas sit aspernatur aut odit aut fugi";
const SED_QUIA: &str = "sed quia consequuntur magni dolores eos qui ratione voluptatem sequi nesciunt. \
    Neque porro quisquam est, qui dolorem ipsum quia dolor sit amet, consectetur, \
    adipisci velit, sed quia non numquam eius modi tempora incidunt ut labore et dolore \
    magnam aliquam quaerat voluptatem.";
const UT_ENIM: &str = "Ut enim ad minima veniam, quis nostrum exercitationem ullam corporis suscipit \
    laboriosam, nisi ut aliquid ex ea commodi consequatur? Quis autem";
const AT_VERO: &str = "At vero eos et accusamus et iusto odio dignissimos ducimus qui blanditiis \
    praesentium voluptatum deleniti atque corrupti quos dolores et quas molestias \
    excepturi sint occaecati cupiditate non provident, similique sunt in culpa qui \
    officia deserunt mollitia animi, id est laborum et dolorum fuga. Et harum quidem \
    rerum facilis est et expedita distinctio. Nam libero tempore, cum soluta nobis est \
    eligendi optio cumque nihil impedit quo minus id quod maxime placeat facere \
    possimus, omnis voluptas assumenda est, omnis dolor repellendus. Temporibus autem \
    quibusdam et aut officiis debitis aut rerum necessitatibus saepe eveniet ut et \
    voluptates repudiandae sint et molestiae non recusandae. Itaque earum rerum hic \
    tenetur a sapiente delectus, ut aut reiciendis voluptatibus maiores alias \
    consequatur aut perferendis doloribus asperiores repellat.";
