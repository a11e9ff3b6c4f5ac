#pragma once
// libcurl; the variadic calls have fixed-argument forms here, since Swift cannot import variadic functions.
#if __has_include(<curl/curl.h>)
#include <curl/curl.h>
#else
#error "libcurl is missing: run `make deps` (Debian: apt-get install libcurl4-openssl-dev)"
#endif

typedef size_t (*stepwell_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);

CURLcode stepwell_curl_set_number(CURL *easy, CURLoption option, long value);
CURLcode stepwell_curl_set_size(CURL *easy, CURLoption option, curl_off_t value);
CURLcode stepwell_curl_set_pointer(CURL *easy, CURLoption option, const void *value);
CURLcode stepwell_curl_set_data_callback(CURL *easy, CURLoption option, stepwell_curl_data_callback callback);
CURLcode stepwell_curl_set_open_socket(CURL *easy, curl_opensocket_callback callback, void *context);
CURLcode stepwell_curl_get_number(CURL *easy, CURLINFO info, long *value);

CURLMcode stepwell_curl_multi_set_number(CURLM *multi, CURLMoption option, long value);
CURLMcode stepwell_curl_multi_set_socket_callback(CURLM *multi, curl_socket_callback callback, void *context);
CURLMcode stepwell_curl_multi_set_timer_callback(CURLM *multi, curl_multi_timer_callback callback, void *context);

// The result of a CURLMSG_DONE message, which sits in a union.
CURLcode stepwell_curl_message_result(const CURLMsg *message);
