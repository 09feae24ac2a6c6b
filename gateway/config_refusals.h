// What a configured value must be beyond kind, range and choice. Each looks at the finished
// configuration and gives the reason ("must be ..."), or nothing where all is well; none of them
// looks at the file system or repeats a value.
#pragma once

#include <optional>
#include <string>

#include "gateway/config.h"

namespace kith {

std::optional<std::string> refuse_listen(const Config& config);
std::optional<std::string> refuse_data(const Config& config);
std::optional<std::string> refuse_trusted_proxies(const Config& config);
std::optional<std::string> refuse_app(const Config& config);
std::optional<std::string> refuse_storage_url(const Config& config);
std::optional<std::string> refuse_bus_url(const Config& config);
std::optional<std::string> refuse_bus_ca_file(const Config& config);
std::optional<std::string> refuse_algorithm(const Config& config);
std::optional<std::string> refuse_secret(const Config& config);
std::optional<std::string> refuse_private_key_file(const Config& config);
std::optional<std::string> refuse_public_key_file(const Config& config);
std::optional<std::string> refuse_issuer(const Config& config);
std::optional<std::string> refuse_audience(const Config& config);
std::optional<std::string> refuse_outbound_bytes(const Config& config);
std::optional<std::string> refuse_memory_mib(const Config& config);
std::optional<std::string> refuse_allowed_origins(const Config& config);

// config_outgoing.cc
std::optional<std::string> refuse_require_verified_email(const Config& config);
std::optional<std::string> refuse_webhook_url(const Config& config);
std::optional<std::string> refuse_webhook_secret(const Config& config);
std::optional<std::string> refuse_webhook_previous_secret(const Config& config);
std::optional<std::string> refuse_webhook_ca_file(const Config& config);
std::optional<std::string> refuse_webhook_allowed_addresses(const Config& config);
std::optional<std::string> refuse_content_filter_url(const Config& config);
std::optional<std::string> refuse_content_filter_secret(const Config& config);
std::optional<std::string> refuse_content_filter_previous_secret(const Config& config);
std::optional<std::string> refuse_content_filter_ca_file(const Config& config);
std::optional<std::string> refuse_content_filter_allowed_addresses(const Config& config);
std::optional<std::string> refuse_email_smtp_url(const Config& config);
std::optional<std::string> refuse_email_user(const Config& config);
std::optional<std::string> refuse_email_password(const Config& config);
std::optional<std::string> refuse_email_from(const Config& config);
std::optional<std::string> refuse_email_ca_file(const Config& config);
std::optional<std::string> refuse_email_verify_url(const Config& config);
std::optional<std::string> refuse_email_reset_url(const Config& config);

}  // namespace kith
