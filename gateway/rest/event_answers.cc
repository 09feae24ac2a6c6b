#include "gateway/rest/event_answers.h"

#include "engine/event_json.h"
#include "gateway/rest/event_body.h"
#include "protocol/time_format.h"

namespace kith::rest {

HttpResponse event_answer(const RequestContext& context, int status, const EventRecord& event) {
  std::string out;
  JsonWriter json(out);
  write_event(json, event, {.now = context.now.wall, .preview = true, .readers = true});
  HttpResponse answer = json_answer(status, std::move(out));
  answer.fields.push_back({"ETag", etag_of(event)});
  return answer;
}

Checked<std::optional<WallTime>> time_of(const HttpRequest& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text) return std::optional<WallTime>{};
  const auto time = parse_time(*text);
  if (!time) return invalid_field(std::string(name), "is not an RFC 3339 time");
  return time;
}

}  // namespace kith::rest
