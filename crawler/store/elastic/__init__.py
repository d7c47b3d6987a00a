"""The store on Elasticsearch, for archives that grow and analysts who ask in Kibana."""

from crawler.store.elastic.store import ElasticStore

__all__ = ["ElasticStore"]
