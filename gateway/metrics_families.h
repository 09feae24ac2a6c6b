// Metrics on their way into Prometheus' text format: families that are added to one by one.
#pragma once

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace kith {

struct MetricLabel {
  std::string name;
  std::string value;
};

class MetricFamilies {
 public:
  prometheus::MetricFamily& add(std::string name, std::string help, prometheus::MetricType type) {
    families_.push_back({std::move(name), std::move(help), type, {}});
    return families_.back();
  }
  void counter(std::string name, std::string help, double value) {
    one(add(std::move(name), std::move(help), prometheus::MetricType::Counter), {}, value);
  }
  void gauge(std::string name, std::string help, double value) {
    one(add(std::move(name), std::move(help), prometheus::MetricType::Gauge), {}, value);
  }
  static void one(prometheus::MetricFamily& family, std::vector<MetricLabel> labels, double value) {
    prometheus::ClientMetric metric;
    for (MetricLabel& label : labels) {
      metric.label.push_back({std::move(label.name), std::move(label.value)});
    }
    metric.counter.value = value;
    metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
  }
  // `buckets` holds counts per bucket, one more than there are bounds.
  void histogram(std::string name, std::string help, std::span<const double> bounds,
                 std::span<const std::uint64_t> buckets, double sum) {
    prometheus::ClientMetric metric;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      count += buckets[i];
      const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({count, bound});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = sum;
    add(std::move(name), std::move(help), prometheus::MetricType::Histogram)
        .metric.push_back(std::move(metric));
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

struct OutgoingStats;
void add_outgoing_metrics(MetricFamilies& out, const OutgoingStats& stats);

}  // namespace kith
