"""The bridge between topics and legacy programs that know only Unix sockets."""
