# Writes OUTPUT: the file PAGE as the text that bench/report_html.h declares.
file(READ ${PAGE} html)
file(WRITE ${OUTPUT} "#include \"bench/report_html.h\"\n\nnamespace kith::bench {\n\n\
std::string_view report_page() { return R\"kith_html(${html})kith_html\"; }\n\n\
}  // namespace kith::bench\n")
