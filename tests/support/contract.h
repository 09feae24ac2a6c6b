// Holds what a server answers to the documents that it gives out. In a program that watches, every
// answer that HttpClient gets passes through here, and every frame of WsClient, so that each of its
// tests is one of the contract. What does not fit is a failed check of the test that is running.
#pragma once

#include <string_view>

#include "tests/support/http_client.h"

namespace kith::test {

// Requests to no route of ours are passed over.
void check_contract(const HttpRequest& request, const HttpResponse& response);
// One JSON object that the server has sent.
void check_contract_of_frame(std::string_view json);

// From here on, in this program: for the start of a static variable.
bool watch_contract();

}  // namespace kith::test
