#include "session/login/decoys.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "session/accounts/account_rules.hpp"

namespace gatehouse::session {
namespace {

constexpr int kLeastCost = 4;
constexpr int kMostCost = 16;

// Real hashes of random 256-bit passwords, which were thrown away. By cost, from kLeastCost on.
constexpr std::string_view kBcrypt[] = {
    "$2b$04$INVgT5/fvy4dB4o5VF3RHu2SE98NR1SPW8L..BYBWXozM1TQGzkci",
    "$2b$05$kQREeUVAT7G40Ic8LGx7tOsvHQcBsSVIJquknSS/rZrxwCF241Uji",
    "$2b$06$NfPa2HmaaJ9wqOoB0SOHqulcXLi4rlaTuxXjoceimYD/v6vA4UQpC",
    "$2b$07$XMKX4gQxdMjA6HGu9F.3FeFdtEcDZyne2EApX4dCM.u3dMZUDXiQG",
    "$2b$08$CEzO9MqMha1G12uY3q3SEeoJUoOHhkQCrOhBKCL2DiVselH0CiVBS",
    "$2b$09$BJ36ALSnxYMN7fmQcSeikuCsyT96S0P.KyACP2ivhOMOcnM4z3Tom",
    "$2b$10$0LnQNUS/VUDbv8at/i20.OiJag.EcDGr2MWQ1G97nLEvbspP5Q0Yi",
    "$2b$11$uPQ7QOd7HnhMbayqtl/eneuBn34dUebVAXvMWy0lstMcu64EFwCs2",
    "$2b$12$AqUsOQCSuFndtvZvWA9cMuJGBfL3.SeoRZnf5bEx4ZBmt1qNxM8FG",
    "$2b$13$wu3o9UVcyLjmo1GNTZ6gVeN3UN9Sb6oyn.6dHi07SJLfPq3ersJdO",
    "$2b$14$iTWoZHfi6o1pR/mD0nFMzeiLG0kLnx8opV2crGUx9F.B3nZQORuTK",
    "$2b$15$oLclNKUFoSQJm9peNX.HKe00DzXpc9SrtvIVCFra8nuKsmE/0TAD.",
    "$2b$16$2i9YJ47DhrDVY4egFLJ3FeT099LuNjoHO0k7DZ9bqdKrGQh8pINBS",
};
static_assert(std::size(kBcrypt) == kMostCost - kLeastCost + 1);

}  // namespace

Decoys::Decoys(crypto::Subkey key, const crypto::HashCost& configured, int bcrypt_max_cost)
    : key_(std::move(key)),
      configured_(crypto::unknown_argon2id(configured)),
      bcrypt_max_cost_(std::clamp(bcrypt_max_cost, kLeastCost, kMostCost)) {}

void Decoys::set_mix(const HashMix& mix) {
    std::vector<Share> shares;
    std::int64_t total = 0;
    const auto add = [&](std::int64_t count, std::string hash) {
        if (count <= 0) return;
        total += count;
        shares.push_back({total, std::move(hash)});
    };
    auto bcrypt = mix.bcrypt_by_cost;
    std::ranges::sort(bcrypt);
    for (const auto& [cost, count] : bcrypt) {
        add(count, std::string(
                       kBcrypt[static_cast<std::size_t>(std::clamp(cost, kLeastCost, bcrypt_max_cost_) - kLeastCost)]));
    }
    auto argon2id = mix.argon2id_by_cost;
    std::ranges::sort(argon2id, {},
                      [](const auto& one) { return std::pair(one.first.memory_bytes, one.first.passes); });
    // Last what new hashes cost: as accounts leave the older kinds, every address crosses a border in the same
    // direction.
    std::int64_t as_configured = 0;
    for (const auto& [cost, count] : argon2id) {
        auto hash = crypto::unknown_argon2id(cost);
        // A stranger must not choose more for an address that nobody has than an import may for one of its own.
        const bool too_much = cost.memory_bytes > kImportedMemoryMost || cost.passes > kImportedPassesMost;
        if (hash == configured_ || too_much) {
            as_configured += count;
        } else {
            add(count, std::move(hash));
        }
    }
    add(as_configured, configured_);
    const std::lock_guard lock(mutex_);
    shares_ = std::move(shares);
}

std::string Decoys::pick(const EmailKey& address) const {
    // 53 bits of the keyed hash as a fraction of 1: a share's border moves only as far as the share itself.
    const double place = static_cast<double>(key_.pick(crypto::view(address)) >> 11) * 0x1p-53;
    const std::lock_guard lock(mutex_);
    if (shares_.empty()) return configured_;
    const double rank = place * static_cast<double>(shares_.back().up_to);
    const auto own =
        std::ranges::find_if(shares_, [&](const Share& share) { return rank < static_cast<double>(share.up_to); });
    return own != shares_.end() ? own->hash : configured_;
}

Candidate Decoys::candidate(const EmailKey& address, const std::optional<Account>& account) const {
    if (account) {
        const crypto::HashInfo info = crypto::inspect_hash(account->password_hash);
        const bool verifiable = info.kind == crypto::HashKind::argon2id ||
                                (info.kind == crypto::HashKind::bcrypt && info.bcrypt_cost <= bcrypt_max_cost_);
        if (verifiable) return {.hash = account->password_hash, .may_succeed = account->active};
    }
    return {.hash = pick(address), .may_succeed = false};
}

}  // namespace gatehouse::session
