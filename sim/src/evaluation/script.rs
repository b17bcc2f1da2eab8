//! What the customers of the evaluation write, and how much of it in each week.

/// Something that customers write about.
#[derive(Debug)]
pub(super) struct Subject {
    /// What it is called in questions and answers.
    pub(super) name: &'static str,
    /// The tag that two of three get.
    pub(super) tag: &'static str,
    /// How many conversations are about it in each week, the last one first.
    pub(super) weeks: [usize; 8],
    /// What is written.
    pub(super) texts: [&'static str; 6],
}

/// What customers write about; no word of one is in another.
pub(super) const SUBJECTS: [Subject; 5] = [
    Subject {
        name: "refunds",
        tag: "billing",
        weeks: [24, 12, 10, 9, 9, 8, 8, 8],
        texts: [
            "Where is my refund for the blue lamp?",
            "The refund has not come yet, and it was promised.",
            "I sent the lamp back and still have no refund.",
            "You owe me a refund of the full amount.",
            "How long does a refund take with you?",
            "My refund went to the wrong card.",
        ],
    },
    Subject {
        name: "failed bookings",
        tag: "bookings",
        weeks: [15, 0, 0, 0, 0, 0, 0, 0],
        texts: [
            "The booking fails at the last step with an error.",
            "My booking failed twice today.",
            "I cannot finish the booking: it fails after the payment page.",
            "Booking failed again, and nobody tells me why.",
            "Each booking that I try ends with an error page.",
            "The booking form fails as soon as I press the button.",
        ],
    },
    Subject {
        name: "login",
        tag: "access",
        weeks: [12, 12, 11, 12, 10, 12, 11, 12],
        texts: [
            "I cannot log in since my password was reset.",
            "The password reset mail does not arrive.",
            "My login is locked after three tries.",
            "The new password is not accepted at login.",
            "Login says that my password is wrong, which it is not.",
            "How do I change the password of my account?",
        ],
    },
    Subject {
        name: "late deliveries",
        tag: "shipping",
        weeks: [6, 14, 8, 8, 8, 7, 8, 8],
        texts: [
            "The parcel is late, when does it come?",
            "My parcel was to be delivered on Monday.",
            "The courier says that the parcel is lost.",
            "No parcel came, though it is marked as delivered.",
            "Can the courier bring the parcel on another day?",
            "The parcel was delivered to somebody else.",
        ],
    },
    Subject {
        name: "invoices",
        tag: "accounting",
        weeks: [7, 7, 6, 7, 7, 6, 7, 6],
        texts: [
            "Please send the invoice with our tax number.",
            "The invoice of last month is missing.",
            "Can you put our new address on the invoice?",
            "The invoice shows the wrong tax.",
            "We need one invoice for both orders.",
            "Where do I find the invoice for my tax adviser?",
        ],
    },
];

/// How customers begin.
pub(super) const GREETINGS: [&str; 5] =
    ["Hello,", "Good morning,", "Hi there!", "Dear team,", "Hope you are well."];
/// How they end.
pub(super) const CLOSINGS: [&str; 5] = [
    "Have a nice day!",
    "Thanks in advance.",
    "Looking forward to your answer.",
    "Please get back to me soon.",
    "Kind regards",
];
/// What teammates answer.
pub(super) const ANSWERS: [&str; 3] = [
    "Thank you for writing, I am looking into it right now.",
    "Sorry for the trouble: it is taken care of.",
    "I have passed it on, and will tell you as soon as I know more.",
];
/// Where customers write from.
pub(super) const DOMAINS: [&str; 6] = [
    "example.com",
    "northwind.example.com",
    "example.com",
    "kestrel.example.com",
    "northwind.example.com",
    "example.com",
];
/// A customer who writes about several things.
pub(super) const REGULAR: &str = "mira@kestrel.example.com";
/// What those who wait for an answer wrote last, who has waited longest first; and how many hours ago.
pub(super) const WAITING: [(&str, i64); 5] = [
    ("Is anybody there? I need the money before Friday.", 110),
    ("It fails for my whole team, so please call me.", 84),
    ("Still locked out, and my trial ends tomorrow.", 57),
    ("The courier rang, but where is the parcel now?", 31),
    ("Could you hurry up with the corrected invoice?", 7),
];
