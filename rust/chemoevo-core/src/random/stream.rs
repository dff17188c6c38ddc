//! One stream of random numbers per replicate: a pure function of (key, replicate).
//!
//! The key is 256 bits made from the user's seed and the stage of the computation. ChaCha8 under that key has 2^64
//! independent streams; replicate `i` takes the 256 bits of state of its xoshiro256++ generator from stream `i`.
//! Both generators are portable and named, so that a seed gives the same run on every machine.
//!
//! References: Bernstein (2008), ChaCha, a variant of Salsa20. Blackwell & Vigna (2021), Scrambled linear pseudorandom
//! number generators, ACM Trans. Math. Softw. 47:36, doi:10.1145/3460772.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The generator of one replicate.
pub type Stream = rand_xoshiro::Xoshiro256PlusPlus;

/// Returns the stream of a replicate under a key.
#[must_use]
pub fn stream(key: &[u8; 32], replicate: u64) -> Stream {
    let mut source = ChaCha8Rng::from_seed(*key);
    source.set_stream(replicate);
    Stream::from_rng(&mut source)
}

/// A second stream of a replicate, independent of the first: the next 256 bits of the same source.
#[must_use]
pub fn second_stream(key: &[u8; 32], replicate: u64) -> Stream {
    let mut source = ChaCha8Rng::from_seed(*key);
    source.set_stream(replicate);
    let _first = Stream::from_rng(&mut source);
    Stream::from_rng(&mut source)
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;

    /// The numbers that a key stands for are part of the interface: a change of these is a change of every result.
    /// They were computed by a plain transcription of both generators' definitions.
    #[test]
    fn values_are_stable() {
        let key = std::array::from_fn(|i| i as u8);
        let words = |replicate| {
            let mut rng = stream(&key, replicate);
            [rng.next_u64(), rng.next_u64(), rng.next_u64()]
        };
        assert_eq!(words(0), [2440531735286204967, 17068930480437188896, 12910587823764323573]);
        assert_eq!(words(1), [889766280328456553, 2573569507862958875, 2142080781487023527]);
        assert_eq!(words(u64::MAX), [11015188791420382834, 10398434177259230765, 280477115318569469]);
    }

    #[test]
    fn streams_differ() {
        let mut seen = std::collections::HashSet::new();
        for first in 0..20 {
            for replicate in (0..1000).chain([1 << 32, (1 << 32) + 1, u64::MAX]) {
                let mut key = [0; 32];
                key[31] = first;
                assert!(seen.insert(stream(&key, replicate).next_u64()));
                assert!(seen.insert(second_stream(&key, replicate).next_u64()));
            }
        }
    }
}
