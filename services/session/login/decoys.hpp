// What is verified when nobody has the address: a hash of a password that nobody knows, chosen so that the work tells
// nothing. An address always gets the same kind and cost, in the proportion in which the accounts have them.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crypto/key_ring.hpp"
#include "crypto/password.hpp"
#include "session/accounts/account.hpp"

namespace gatehouse::session {

struct Candidate {
    std::string hash;
    bool may_succeed;  // false: the sign-in fails whatever the verification says
};

// Thread-safe.
class Decoys {
public:
    // `key`: the subkey of the label `decoy`, kept. `configured`: what new hashes cost. `bcrypt_max_cost`: what may be
    // verified.
    Decoys(crypto::Subkey key, const crypto::HashCost& configured, int bcrypt_max_cost);

    // How many accounts have which kind of hash; until the first call, or if there are none, all decoys are like new
    // hashes.
    // bcrypt costs that may not be verified count as the nearest one that may.
    void set_mix(const HashMix& mix);

    // The decoy of this address. A mix that shifts moves few addresses from one kind to the next, and from an older one
    // to that of new hashes once, as an account does whose hash is made anew.
    [[nodiscard]] std::string pick(const EmailKey& address) const;

    // What to verify the password of a sign-in against, whoever `account` is. Its own hash even if it is disabled; a
    // decoy if there is none or its hash is one that verify_password() refuses without working (unknown, bcrypt above
    // the limit).
    [[nodiscard]] Candidate candidate(const EmailKey& address, const std::optional<Account>& account) const;

private:
    struct Share {
        std::int64_t up_to;  // accounts of this kind and of those before it
        std::string hash;
    };

    const crypto::Subkey key_;
    const std::string configured_;  // a decoy like new hashes
    const int bcrypt_max_cost_;
    mutable std::mutex mutex_;
    std::vector<Share> shares_;
};

}  // namespace gatehouse::session
