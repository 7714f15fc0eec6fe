"""WARC and WACZ files of any tool as something that a crawl can be answered from, in place of the network."""
