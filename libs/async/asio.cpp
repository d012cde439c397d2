// Asio itself, compiled once (BOOST_ASIO_SEPARATE_COMPILATION), but for its wait: that is the poller's, where a loop
// waits for Asio's events and for its own in one system call (poller.hpp). It is a member of Asio's reactor that calls.
#include <sys/epoll.h>

#include "async/poller.hpp"

#define epoll_wait(epoll, events, most, timeout) \
    ::gatehouse::Poller::wait_for_asio(this->context(), epoll, events, most, timeout)
#include <boost/asio/impl/src.hpp>
#undef epoll_wait
