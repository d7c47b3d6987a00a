"""Looks at sources before they are watched: where their feeds are, what is wrong with them, what they published before.

Nothing is fetched here: each look is a trip that ``crawler.fetch.live`` goes on, within the manners of every crawl.
"""
