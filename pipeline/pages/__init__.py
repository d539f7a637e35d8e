"""Evidence becomes pages: one file each that works without a network, in any frame."""
