//! The classes of faults that the wire injects, and what Muster must make of each.

use domain::Standing::{self, Again, Never};

/// One class of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// AWS asks to slow down, in one of its many words.
    Throttled,
    /// 500, 502 or 504, with JSON, XML, HTML, nothing or half of something in it.
    Unavailable,
    /// The connection breaks before AWS got the request.
    ResetBefore,
    /// The connection breaks after AWS did what was asked.
    ResetAfter,
    /// The answer is cut somewhere.
    Cut,
    /// Somebody's HTML page, with 200.
    Page,
    /// Nothing at all, with 200.
    Empty,
    /// The answer's bytes come too slowly, or never; what was asked is done.
    Slow,
    /// The answer's bytes come slowly, and in time.
    Sluggish,
    /// The credentials or the signature are out of date, or a clock is.
    Expired,
    /// The signature is wrong, and AWS repeats all that was signed.
    Signature,
    /// An error code that nobody knows.
    UnknownCode,
    /// A `Date` that is missing, no date, or not the time.
    Date,
    /// `failures[]` instead of what was asked for.
    Failures,
    /// A member or element is left out.
    Missing,
    /// A member is `null`, an element is empty.
    Null,
    /// A member is of another type.
    WrongType,
    /// A word in the answer that nobody knows.
    UnknownWord,
    /// Members and elements that nobody knows.
    MoreMembers,
}

use Class::{
    Cut, Date, Empty, Expired, Failures, Missing, MoreMembers, Null, Page, ResetAfter, ResetBefore,
    Signature, Slow, Sluggish, Throttled, Unavailable, UnknownCode, UnknownWord, WrongType,
};

/// All of them.
pub const ALL: [Class; 19] = [
    Throttled,
    Unavailable,
    ResetBefore,
    ResetAfter,
    Cut,
    Page,
    Empty,
    Slow,
    Sluggish,
    Expired,
    Signature,
    UnknownCode,
    Date,
    Failures,
    Missing,
    Null,
    WrongType,
    UnknownWord,
    MoreMembers,
];

impl Class {
    /// Its words in the table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Throttled => "throttled, in ten words",
            Unavailable => "500, 502, 504 with any body",
            ResetBefore => "reset before the effect",
            ResetAfter => "reset after the effect",
            Cut => "200, cut",
            Page => "200, an HTML page",
            Empty => "200, nothing",
            Slow => "200, too slow",
            Sluggish => "200, slow, in time",
            Expired => "expired, skewed",
            Signature => "wrong signature",
            UnknownCode => "unknown error code",
            Date => "`Date` missing, garbage, skewed",
            Failures => "`failures[]`",
            Missing => "a field missing",
            Null => "a field null or empty",
            WrongType => "a field of another type",
            UnknownWord => "an unknown word",
            MoreMembers => "unknown fields",
        }
    }

    /// The faults that it may be told as, each with its standing.
    #[must_use]
    pub const fn told(self) -> &'static [(&'static str, Standing)] {
        match self {
            Throttled => &[("throttled", Again)],
            // More members, where the SDK looks for one only and finds another first.
            Unavailable | ResetBefore | ResetAfter | Slow | Expired | MoreMembers => {
                &[("no-answer", Again)]
            }
            // JSON that is empty is one that leaves everything out.
            Cut | Page | Empty | Missing | Null | WrongType | UnknownWord => {
                &[("no-answer", Again), ("partial", Again)]
            }
            Failures => &[("partial", Again)],
            Signature => &[("forbidden", Never)],
            UnknownCode => &[("unknown-error", Again), ("no-answer", Again)],
            Sluggish | Date => &[],
        }
    }

    /// Whether the answer, as it is, says what AWS said: the reading must be the same, or a fault. A field of another type
    /// says less: in XML, text where there should be elements is a structure without members.
    #[must_use]
    pub const fn keeps_the_words(self) -> bool {
        !matches!(self, Failures | Missing | Null | WrongType | UnknownWord)
    }

    /// Whether AWS may have done what was asked although nothing tells so.
    #[must_use]
    pub const fn is_ambiguous(self) -> bool {
        matches!(
            self,
            ResetBefore
                | ResetAfter
                | Slow
                | Cut
                | Page
                | Empty
                | Unavailable
                | Missing
                | Null
                | WrongType
        )
    }
}
